// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/captioner.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "model/base/available_memory.h"
#include "model/base/in_quotes.h"
#include "model/captioner/caption_errors.h"
#include "model/captioner/captioner_implementation.h"
#include "model/captioner/computation.h"
#include "model/captioner/config_changes.h"
#include "model/captioner/windows_at_once.h"
#include "model/tensor/threads.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "model/weights/quantised_tensors.h"

namespace dali {
namespace {

// Of the longest caption by the model's own limit, with the model's own question.
std::int64_t tokens_of_window(const ModelConfig& config, const Tokenizer& tokenizer) {
  const auto squared = [](std::int64_t side) { return side * side; };
  const VisionTowerConfig& vision = config.vision_tower;
  const std::int64_t of_picture = squared(vision.image_size_px / vision.patch_size_px);
  const std::int64_t patch = config.audio_tower.patch_size;
  const std::int64_t of_sound =
      (config.spectrogram.mel_bins / patch) * (config.spectrogram.frames / patch);
  const auto of_words = static_cast<std::int64_t>(
      encode_prompt(tokenizer, conversation_text(config.prompt, config.prompt.question)).size());
  return std::min<std::int64_t>(
      of_picture + of_sound + config.prefix_tokens + of_words + config.sampling.max_new_tokens,
      config.decoder.max_tokens);
}

int windows_worth_at_once(const ModelConfig& config, const Tokenizer& tokenizer, Decoder decoder) {
  const at::NoGradGuard as_when_it_describes;
  if (!decoder->continues_together()) return 1;
  const DecoderConfig& shape = config.decoder;
  const std::int64_t numbers_of_token =
      std::int64_t{2} * shape.layers * shape.kv_heads * (shape.width / shape.heads);
  const auto bytes = static_cast<std::size_t>(
      numbers_of_token * tokens_of_window(config, tokenizer) *
      static_cast<std::int64_t>(decoder->cache_options().dtype().itemsize()));
  return windows_at_once(bytes, available_memory_bytes());
}

}  // namespace

std::shared_ptr<Captioner> Captioner::load(const std::filesystem::path& directory,
                                           const LoadOptions& options) {
  return with_caption_errors(directory.string(), [&] {
    const at::Device device = device_named(options.device);
    ModelFiles files = open_model_directory(directory);
    apply_changes(options.changes, directory.string(), files.config);
    Precision precision = precision_named(options.precision, files.tensors, device);
    const at::ScalarType dtype = precision.dtype;

    Tokenizer tokenizer(files.tokenizer);
    if (tokenizer.vocabulary_size() > files.config.decoder.vocabulary) {
      throw CaptionError(files.tokenizer.string() + ": has " +
                         std::to_string(tokenizer.vocabulary_size()) + " tokens, more than the " +
                         std::to_string(files.config.decoder.vocabulary) +
                         " of decoder.vocabulary in config.json");
    }
    const bool uses_integers = device.is_cpu() && !formats_in(files.tensors).empty();
    if (uses_integers) {
      // Integers are used as they lie, so nothing else would read them before the first window.
      for (const TensorFile& file : files.files) file.read_pages();
    }
    const UnsetWeights unset_until_loaded;
    CaptioningModel model(files.config);
    load_weights(*model, "", files.tensors,
                 {.dtype = dtype,
                  .device = device,
                  .keeps_integers = true,
                  .source = directory.string(),
                  .tensor_sources = files.tensor_sources});
    if (uses_integers) {
      // What was only looked at while loading, as most of the embeddings, need not stay in memory.
      for (const TensorFile& file : files.files) file.release_pages();
    }
    for (torch::Tensor& parameter : model->parameters()) parameter.set_requires_grad(false);
    model->eval();
    const int at_once = windows_worth_at_once(files.config, tokenizer, model->decoder);
    return std::shared_ptr<Captioner>(new Captioner(std::make_unique<Implementation>(Implementation{
        files.config, std::move(tokenizer), std::move(model),
        at::TensorOptions().device(device).dtype(dtype), std::move(precision.description),
        std::move(files.source_classes), at_once})));
  });
}

Captioner::Captioner(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Captioner::~Captioner() = default;

std::string Captioner::model_name() const {
  return implementation_->config.name;
}

std::string Captioner::precision() const {
  return implementation_->precision;
}

std::shared_ptr<const SourceClasses> Captioner::source_classes() const {
  return implementation_->source_classes;
}

std::string Captioner::description() const {
  std::int64_t weights = 0;
  std::uint64_t bytes = 0;
  const TensorMap tensors = weights_of(*implementation_->model);
  for (const auto& [name, tensor] : tensors) {
    if (!is_part_of_integers(name)) weights += tensor.numel();
    bytes += tensor.nbytes();
  }
  for (const auto& [name, linear] : linears_of(*implementation_->model)) {
    if (linear->holds_integers()) weights += linear->input_width * linear->output_width;
  }
  const at::TensorOptions& options = implementation_->options;
  std::string formats;
  for (const auto& [format, count] : formats_in(tensors)) {
    formats += std::string(to_string(format)) + " and ";
  }
  formats += options.dtype() == at::kFloat ? "float32" : "bfloat16";
  return in_quotes(model_name()) + " in " + formats + " on " + options.device().str() + ", " +
         std::to_string(tensors.size()) + " tensors of " + std::to_string(weights) +
         " weights in " + std::to_string(bytes) + " bytes, " + std::to_string(thread_count(0)) +
         " threads unless another number is asked for";
}

}  // namespace dali
