// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/captioner.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/base/in_quotes.h"
#include "model/base/one_line.h"
#include "model/base/stopwatch.h"
#include "model/captioner/caption_likelihood.h"
#include "model/captioner/captioning_model.h"
#include "model/captioner/computation.h"
#include "model/captioner/config_changes.h"
#include "model/captioner/word_times.h"
#include "model/language/generation.h"
#include "model/language/known_head.h"
#include "model/language/multimodal_sequence.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "model/tensor/threads.h"
#include "model/tensor/weight_initialisation.h"
#include "model/vision/image_transform.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "model/weights/quantised_tensors.h"

namespace dali {
namespace {

// Calls `body` and turns whatever it throws into a CaptionError of one line. `doing` says what was
// tried, for errors that do not name a file themselves.
template <typename Body>
auto with_caption_errors(const std::string& doing, Body&& body) {
  try {
    return body();
  } catch (const CaptionError&) {
    throw;
  } catch (const c10::Error& error) {
    throw CaptionError(doing + ": " + first_line(error.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    throw CaptionError(doing + ": not enough memory");
  } catch (const std::exception& error) {
    throw CaptionError(first_line(error.what()));
  }
}

void check_request(const CaptionRequest& request) {
  if (request.max_new_tokens && *request.max_new_tokens < 1) {
    throw CaptionError("max-new-tokens must be at least 1");
  }
  if (request.temperature &&
      !(*request.temperature >= 0.0 && std::isfinite(*request.temperature))) {
    throw CaptionError("temperature must be 0 or more");
  }
  if (request.repetition_penalty &&
      !(*request.repetition_penalty > 0.0 && std::isfinite(*request.repetition_penalty))) {
    throw CaptionError("repetition penalty must be above 0");
  }
  if (request.question && request.question->find("<image>") != std::string::npos) {
    throw CaptionError("the question must not contain \"<image>\"");
  }
}

// What of a window is looked at.
struct Inputs {
  std::optional<std::span<const float>> audio;
  std::optional<FrameView> frame;
};

Inputs chosen_inputs(const Window& window, Modality modality) {
  const bool wants_audio = modality == Modality::kAudio || modality == Modality::kAudiovisual;
  const bool wants_frame = modality == Modality::kImage || modality == Modality::kAudiovisual;
  const std::string asked = "modality " + std::string(to_string(modality)) + " was asked for, but ";
  if (wants_audio && !window.audio) throw CaptionError(asked + "the window has no sound");
  if (wants_frame && !window.frame) throw CaptionError(asked + "the window has no picture");
  if (!window.audio && !window.frame) {
    throw CaptionError("the window has neither sound nor a picture");
  }
  Inputs inputs;
  if (modality != Modality::kImage) inputs.audio = window.audio;
  if (modality != Modality::kAudio) inputs.frame = window.frame;
  return inputs;
}

}  // namespace

// The conversation around a window.
struct PromptOfWindow {
  std::vector<std::int64_t> ids;
  at::Tensor embeddings;  // [1, tokens, width]

  // The ids before the first token of picture, sound or prefix: those of every window.
  std::span<const std::int64_t> head() const {
    const auto place = std::find(ids.begin(), ids.end(), kImageToken);
    return place == ids.end() ? std::span<const std::int64_t>() : std::span(ids.begin(), place);
  }
};

struct SoundOfWindow {
  at::Tensor spectrogram;   // [frames, mel_bins], normalised; undefined without sound
  std::int64_t frames = 0;  // of these, before the missing ones
};

// Nothing in it changes after load() but what any thread may change, so any number of threads may
// use it, although LibTorch's forward functions cannot be const.
struct Captioner::Implementation {
  ModelConfig config;
  Tokenizer tokenizer;
  CaptioningModel model;
  at::TensorOptions options;                            // device and dtype of the weights
  std::string precision;                                // as CaptionEngine::precision() has it
  std::shared_ptr<const SourceClasses> source_classes;  // null: the model folder has none
  std::unique_ptr<KnownHead> known_head = std::make_unique<KnownHead>();

  // Undefined for what is not there. They note the time of each of their stages.
  SoundOfWindow sound_of_window(const Inputs& inputs, CaptionTiming& timing);
  at::Tensor audio_tokens(const SoundOfWindow& sound, CaptionTiming& timing);
  at::Tensor image_tokens(const Inputs& inputs, CaptionTiming& timing);

  // With the tokens of picture, sound and prefix in their place.
  PromptOfWindow prompt_of_window(const at::Tensor& condition, const CaptionRequest& request);

  GeneratedTokens continue_prompt(const PromptOfWindow& prompt, const CaptionRequest& request,
                                  std::stop_token stop);

  // Those of a caption, `ids`, that were said for something in the sound.
  std::vector<LocatedWord> locate(std::span<const std::int64_t> ids, const PromptOfWindow& prompt,
                                  const SoundOfWindow& sound, const at::Tensor& image,
                                  const std::stop_token& stop);

  // What each word gains by the sound. `with_sound`: the log-probabilities that the ids have.
  std::vector<WeighedWord> weigh(std::span<const std::int64_t> ids,
                                 std::span<const double> with_sound, const PromptOfWindow& prompt,
                                 const at::Tensor& image, const std::stop_token& stop);

  GenerationOptions generation_options(const CaptionRequest& request) const;
};

SoundOfWindow Captioner::Implementation::sound_of_window(const Inputs& inputs,
                                                         CaptionTiming& timing) {
  if (!inputs.audio) return {};
  Stopwatch stopwatch;
  const at::Tensor log_mel = log_mel_spectrogram(*inputs.audio, config.spectrogram);
  SoundOfWindow sound{.spectrogram = normalised_spectrogram(log_mel, config.spectrogram),
                      .frames = log_mel.size(0)};
  timing.mel_s = stopwatch.lap_s();
  return sound;
}

// [1, tokens, width of the tower]
at::Tensor Captioner::Implementation::audio_tokens(const SoundOfWindow& sound,
                                                   CaptionTiming& timing) {
  if (!sound.spectrogram.defined()) return {};
  Stopwatch stopwatch;
  const at::Tensor tokens = model->audio_tokens(sound.spectrogram.unsqueeze(0));
  wait_for(options.device());
  timing.audio_tower_s = stopwatch.lap_s();
  return tokens;
}

// [1, tokens, width of the tower]
at::Tensor Captioner::Implementation::image_tokens(const Inputs& inputs, CaptionTiming& timing) {
  if (!inputs.frame) return {};
  Stopwatch stopwatch;
  const at::Tensor pixels = image_to_pixels(*inputs.frame, config.vision_tower);
  timing.pixels_s = stopwatch.lap_s();
  const at::Tensor tokens = model->image_tokens(pixels.unsqueeze(0));
  wait_for(options.device());
  timing.vision_tower_s = stopwatch.lap_s();
  return tokens;
}

PromptOfWindow Captioner::Implementation::prompt_of_window(const at::Tensor& condition,
                                                           const CaptionRequest& request) {
  const std::string text =
      conversation_text(config.prompt, request.question.value_or(config.prompt.question));
  std::vector<std::int64_t> ids = encode_prompt(tokenizer, text);
  const SequenceSample sample{.ids = ids, .labels = {}, .inserted = condition[0]};
  const auto embed = [&](const at::Tensor& text_ids) { return model->decoder->embed(text_ids); };
  const at::Tensor embeddings = sequence_batch({&sample, 1}, embed).embeddings;
  return {.ids = std::move(ids), .embeddings = embeddings};
}

GeneratedTokens Captioner::Implementation::continue_prompt(const PromptOfWindow& prompt,
                                                           const CaptionRequest& request,
                                                           std::stop_token stop) {
  std::shared_ptr<const KeyValueCache> known;
  if (options.device().is_cpu() && !prompt.head().empty() && !stop.stop_requested()) {
    known = known_head->of(model->decoder, prompt.head());
  }
  return generate(model->decoder, prompt.embeddings, generation_options(request), std::move(stop),
                  known.get());
}

std::vector<LocatedWord> Captioner::Implementation::locate(std::span<const std::int64_t> ids,
                                                           const PromptOfWindow& prompt,
                                                           const SoundOfWindow& sound,
                                                           const at::Tensor& image,
                                                           const std::stop_token& stop) {
  const auto likelihood = [&](const at::Tensor& spectrograms) {
    const at::Tensor images =
        image.defined() ? image.expand({spectrograms.size(0), image.size(1), image.size(2)})
                        : at::Tensor();
    const at::Tensor conditions = model->condition(images, model->audio_tokens(spectrograms));
    return caption_likelihood(model, prompt.ids, conditions, ids);
  };
  return word_times(sound.spectrogram, sound.frames, ids, tokenizer, likelihood, stop);
}

std::vector<WeighedWord> Captioner::Implementation::weigh(std::span<const std::int64_t> ids,
                                                          std::span<const double> with_sound,
                                                          const PromptOfWindow& prompt,
                                                          const at::Tensor& image,
                                                          const std::stop_token& stop) {
  if (ids.empty() || stop.stop_requested()) return {};
  // As the model captions a picture alone, with its prefix: without, it would not say what sounds.
  const at::Tensor without =
      caption_likelihood(model, prompt.ids, model->condition(image, {}), ids).to(at::kDouble);
  return word_gains(ids, tokenizer, with_sound,
                    std::span<const double>(without.data_ptr<double>(), ids.size()));
}

GenerationOptions Captioner::Implementation::generation_options(
    const CaptionRequest& request) const {
  const SamplingConfig& defaults = config.sampling;
  GenerationOptions options;
  options.sampling.temperature = request.temperature.value_or(defaults.temperature);
  options.sampling.top_k = defaults.top_k;
  options.sampling.top_p = defaults.top_p;
  options.sampling.repetition_penalty =
      request.repetition_penalty.value_or(defaults.repetition_penalty);
  options.seed = request.seed;
  options.eos_id = tokenizer.eos_id();
  options.max_new_tokens = request.max_new_tokens.value_or(defaults.max_new_tokens);
  return options;
}

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
    return std::shared_ptr<Captioner>(new Captioner(std::make_unique<Implementation>(
        Implementation{files.config, std::move(tokenizer), std::move(model),
                       at::TensorOptions().device(device).dtype(dtype),
                       std::move(precision.description), std::move(files.source_classes)})));
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

Caption Captioner::describe(const Window& window, const CaptionRequest& request,
                            std::stop_token stop) const {
  check_request(request);
  const Inputs inputs = chosen_inputs(window, request.modality);
  return with_caption_errors("cannot describe the window", [&] {
    const c10::InferenceMode inference;
    if (stop.stop_requested()) return Caption{};
    compute_with_threads(request.threads);
    Implementation& self = *implementation_;
    Caption caption;
    const at::Tensor image = self.image_tokens(inputs, caption.timing);
    const SoundOfWindow sound = self.sound_of_window(inputs, caption.timing);
    const at::Tensor audio = self.audio_tokens(sound, caption.timing);
    Stopwatch stopwatch;
    const PromptOfWindow prompt =
        self.prompt_of_window(self.model->condition(image, audio), request);
    const double prompt_s = stopwatch.lap_s();
    const GeneratedTokens generated = self.continue_prompt(prompt, request, stop);
    caption.timing.prefill_s = prompt_s + generated.prefill_s;
    caption.timing.decoding_s = generated.decoding_s;

    // A decoder may have more rows than the tokenizer has words; they mean nothing.
    std::vector<std::int64_t> words;
    std::vector<double> log_probabilities;
    for (std::size_t token = 0; token < generated.ids.size(); ++token) {
      if (generated.ids[token] >= self.tokenizer.vocabulary_size()) continue;
      words.push_back(generated.ids[token]);
      log_probabilities.push_back(generated.log_probabilities[token]);
    }
    caption.text = on_one_line(self.tokenizer.decode(words));
    caption.token_count = static_cast<int>(generated.ids.size());
    if (caption.token_count > 0) {
      caption.mean_log_probability = generated.sum_log_probability / caption.token_count;
    }
    if (request.locates_words && sound.spectrogram.defined()) {
      stopwatch.lap_s();
      caption.words = self.locate(words, prompt, sound, image, stop);
      caption.timing.locating_s = stopwatch.lap_s();
    }
    if (request.weighs_words && sound.spectrogram.defined() && image.defined()) {
      stopwatch.lap_s();
      caption.weighed_words = self.weigh(words, log_probabilities, prompt, image, stop);
      caption.timing.weighing_s = stopwatch.lap_s();
    }
    return caption;
  });
}

}  // namespace dali
