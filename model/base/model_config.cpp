// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/model_config.h"

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace dali {
namespace {

// Far above every model there is, far below where products of dimensions leave 63 bits.
constexpr int kWidest = 1 << 17;
constexpr int kMostLayers = 1000;
constexpr int kLargestVocabulary = 1 << 22;
constexpr int kMostTokens = 1 << 20;
constexpr std::int64_t kLargestTable = std::int64_t{1} << 26;  // elements

[[noreturn]] void refuse_field(const std::string& field, const std::string& requirement) {
  throw std::invalid_argument(field + " must be " + requirement);
}

void expect_range(const std::string& field, int value, int least, int most) {
  if (value < least || value > most) {
    refuse_field(field, "from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
                            std::to_string(value));
  }
}

void expect_multiple(const std::string& field, int value, const std::string& factor_field,
                     int factor) {
  if (value % factor != 0) {
    refuse_field(field, "a multiple of " + factor_field + " (" + std::to_string(factor) +
                            "), not " + std::to_string(value));
  }
}

void expect_equal(const std::string& field, int value, const std::string& other_field, int other) {
  if (value != other) {
    refuse_field(field, "equal to " + other_field + " (" + std::to_string(other) + "), not " +
                            std::to_string(value));
  }
}

void expect_above_zero(const std::string& field, double value) {
  if (!(value > 0.0) || !std::isfinite(value)) {
    refuse_field(field, "above 0 and finite, not " + std::to_string(value));
  }
}

void expect_finite(const std::string& field, double value) {
  if (!std::isfinite(value)) refuse_field(field, "finite");
}

// Of tables that a new module fills before its weights are read.
void expect_small_table(const std::string& field, std::int64_t tokens, int width) {
  if (tokens * width > kLargestTable) {
    refuse_field(field, "smaller: " + std::to_string(tokens) + " tokens of width " +
                            std::to_string(width) + " make too large a table");
  }
}

void validate_spectrogram(const SpectrogramConfig& config) {
  expect_range("spectrogram.mel_bins", config.mel_bins, 1, 4096);
  expect_range("spectrogram.frames", config.frames, 1, kMostTokens);
  expect_finite("spectrogram.mean", config.mean);
  expect_above_zero("spectrogram.deviation", config.deviation);
}

void validate_audio_tower(const AudioTowerConfig& config, const SpectrogramConfig& spectrogram) {
  expect_range("audio_tower.width", config.width, 1, kWidest);
  expect_range("audio_tower.heads", config.heads, 1, config.width);
  expect_multiple("audio_tower.width", config.width, "audio_tower.heads", config.heads);
  // Half of the position embedding is time and half frequency, each half sines and half cosines.
  expect_multiple("audio_tower.width", config.width, "the parts of a position embedding", 4);
  expect_range("audio_tower.layers", config.layers, 1, kMostLayers);
  expect_range("audio_tower.mlp_width", config.mlp_width, 1, kWidest);
  expect_range("audio_tower.patch_size", config.patch_size, 1, 4096);
  expect_range("audio_tower.output_width", config.output_width, 1, kWidest);
  expect_above_zero("audio_tower.norm_epsilon", config.norm_epsilon);
  expect_multiple("spectrogram.mel_bins", spectrogram.mel_bins, "audio_tower.patch_size",
                  config.patch_size);
  expect_multiple("spectrogram.frames", spectrogram.frames, "audio_tower.patch_size",
                  config.patch_size);
  const std::int64_t tokens = std::int64_t{spectrogram.mel_bins / config.patch_size} *
                              (spectrogram.frames / config.patch_size);
  expect_small_table("audio_tower", tokens, config.width);
}

void validate_vision_tower(const VisionTowerConfig& config) {
  expect_range("vision_tower.patch_size_px", config.patch_size_px, 1, 4096);
  expect_range("vision_tower.image_size_px", config.image_size_px, config.patch_size_px, 16384);
  expect_multiple("vision_tower.image_size_px", config.image_size_px, "vision_tower.patch_size_px",
                  config.patch_size_px);
  expect_range("vision_tower.width", config.width, 1, kWidest);
  expect_range("vision_tower.heads", config.heads, 1, config.width);
  expect_multiple("vision_tower.width", config.width, "vision_tower.heads", config.heads);
  expect_range("vision_tower.layers", config.layers, 1, kMostLayers);
  expect_range("vision_tower.feature_layers", config.feature_layers, 0, config.layers);
  expect_range("vision_tower.mlp_width", config.mlp_width, 1, kWidest);
  expect_above_zero("vision_tower.norm_epsilon", config.norm_epsilon);
  for (const double mean : config.mean) expect_finite("vision_tower.mean", mean);
  for (const double deviation : config.deviation) {
    expect_above_zero("vision_tower.deviation", deviation);
  }
  const std::int64_t side = config.image_size_px / config.patch_size_px;
  expect_small_table("vision_tower", side * side + 1, config.width);
}

void validate_decoder(const DecoderConfig& config) {
  expect_range("decoder.vocabulary", config.vocabulary, 1, kLargestVocabulary);
  expect_range("decoder.width", config.width, 1, kWidest);
  expect_range("decoder.layers", config.layers, 1, kMostLayers);
  expect_range("decoder.heads", config.heads, 1, config.width);
  expect_multiple("decoder.width", config.width, "decoder.heads", config.heads);
  // Rotary embedding turns pairs.
  expect_multiple("decoder.width / decoder.heads", config.width / config.heads, "a pair", 2);
  expect_range("decoder.kv_heads", config.kv_heads, 1, config.heads);
  expect_multiple("decoder.heads", config.heads, "decoder.kv_heads", config.kv_heads);
  expect_range("decoder.mlp_width", config.mlp_width, 1, kWidest);
  expect_range("decoder.max_tokens", config.max_tokens, 2, kMostTokens);
  expect_above_zero("decoder.norm_epsilon", config.norm_epsilon);
  expect_above_zero("decoder.rope_theta", config.rope_theta);
}

void validate_sampling(const SamplingConfig& config, const DecoderConfig& decoder) {
  expect_range("sampling.max_new_tokens", config.max_new_tokens, 1, decoder.max_tokens);
  if (!(config.temperature >= 0.0) || !std::isfinite(config.temperature)) {
    refuse_field("sampling.temperature",
                 "0 or more and finite, not " + std::to_string(config.temperature));
  }
  expect_range("sampling.top_k", config.top_k, 0, kLargestVocabulary);
  if (!(config.top_p > 0.0 && config.top_p <= 1.0)) {
    refuse_field("sampling.top_p", "above 0 and at most 1, not " + std::to_string(config.top_p));
  }
  expect_above_zero("sampling.repetition_penalty", config.repetition_penalty);
}

// How often `part` stands in `text`.
int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace

void validate(const ModelConfig& config) {
  validate_spectrogram(config.spectrogram);
  validate_audio_tower(config.audio_tower, config.spectrogram);
  validate_vision_tower(config.vision_tower);
  expect_range("projector.input_width", config.projector.input_width, 1, kWidest);
  expect_range("projector.output_width", config.projector.output_width, 1, kWidest);
  validate_decoder(config.decoder);
  validate_sampling(config.sampling, config.decoder);
  expect_range("prefix_tokens", config.prefix_tokens, 0, config.decoder.max_tokens);

  expect_small_table("prefix_tokens", config.prefix_tokens, config.decoder.width);

  // One projector reads both towers' tokens, and the decoder reads the projector's.
  expect_equal("audio_tower.output_width", config.audio_tower.output_width, "projector.input_width",
               config.projector.input_width);
  expect_equal("vision_tower.width", config.vision_tower.width, "projector.input_width",
               config.projector.input_width);
  expect_equal("projector.output_width", config.projector.output_width, "decoder.width",
               config.decoder.width);

  if (config.audiovisual != AudiovisualProjection::kOriginal && !config.has_audio_projector) {
    refuse_field("audiovisual",
                 "original where the model has no tuned projector (has_audio_projector), not " +
                     std::string(to_string(config.audiovisual)));
  }
  if (config.prefix_use == PrefixUse::kAlways && config.prefix_tokens == 0) {
    refuse_field("prefix_use", "auto or never where the model has no prefix (prefix_tokens)");
  }
  if (occurrences(config.prompt.conversation, "<image>") != 1) {
    refuse_field("prompt.conversation", "text with \"<image>\" once in it");
  }
  if (occurrences(config.prompt.question, "<image>") != 0) {
    refuse_field("prompt.question", "text without \"<image>\"");
  }
}

}  // namespace dali
