// SPDX-License-Identifier: LGPL-2.1-or-later
// From a window's samples and pixels to words: what Captioner does for each, and for several.
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <list>
#include <utility>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/base/stopwatch.h"
#include "model/captioner/caption_errors.h"
#include "model/captioner/caption_likelihood.h"
#include "model/captioner/captioner_implementation.h"
#include "model/captioner/computation.h"
#include "model/captioner/word_times.h"
#include "model/language/multimodal_sequence.h"
#include "model/tensor/threads.h"
#include "model/vision/image_transform.h"

namespace dali {
namespace {

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

// A window that has begun, and which of those that were asked about it is.
struct BegunInTurn {
  std::size_t number = 0;
  std::stop_token stop = {};
  // Nothing for one that waits for nobody.
  std::unique_ptr<SharedDecoding::Place> place = {};
  std::optional<BegunWindow> window = {};
};

// Calls work(); what goes wrong is this window's failure.
template <typename Work>
void note_failure(Described& described, const Work& work) {
  try {
    with_caption_errors("cannot describe the window", work);
  } catch (...) {
    described.failure = std::current_exception();
  }
}

// Those with a place together with all others that have one, one without alone.
void continue_to_end(Decoder decoder, SharedDecoding& decoding, std::list<BegunInTurn>& begun) {
  std::vector<SharedDecoding::Seated> seated;
  for (BegunInTurn& turn : begun) {
    Continuation* const sequence = &*turn.window->sequence;
    if (turn.place) {
      seated.push_back({turn.place.get(), sequence, turn.stop});
    } else {
      while (!sequence->has_ended() && !turn.stop.stop_requested()) {
        continue_together(decoder, {&sequence, 1});
      }
    }
  }
  if (!seated.empty()) decoding.run(std::move(decoder), seated);
}

}  // namespace

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

Continuation Captioner::Implementation::begun_caption(const PromptOfWindow& prompt,
                                                      const CaptionRequest& request,
                                                      const std::stop_token& stop) {
  std::shared_ptr<const KeyValueCache> known;
  if (options.device().is_cpu() && !prompt.head().empty() && !stop.stop_requested()) {
    known = known_head->of(model->decoder, prompt.head());
  }
  return Continuation(model->decoder, prompt.embeddings, generation_options(request), stop,
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

std::optional<BegunWindow> Captioner::Implementation::begin(const WindowToDescribe& asked) {
  const CaptionRequest& request = asked.request;
  check_request(request);
  const Inputs inputs = chosen_inputs(asked.window, request.modality);
  if (asked.stop.stop_requested()) return std::nullopt;
  compute_with_threads(request.threads);
  BegunWindow begun;
  CaptionTiming& timing = begun.caption.timing;
  begun.image = image_tokens(inputs, timing);
  begun.sound = sound_of_window(inputs, timing);
  read_prompt(begun, audio_tokens(begun.sound, timing), asked);
  return begun;
}

void Captioner::Implementation::read_prompt(BegunWindow& begun, const at::Tensor& audio,
                                            const WindowToDescribe& asked) {
  Stopwatch stopwatch;
  begun.prompt = prompt_of_window(model->condition(begun.image, audio), asked.request);
  begun.caption.timing.prefill_s = stopwatch.lap_s();
  begun.sequence.emplace(begun_caption(begun.prompt, asked.request, asked.stop));
}

Caption Captioner::Implementation::finish(BegunWindow& begun, const WindowToDescribe& asked) {
  const CaptionRequest& request = asked.request;
  const GeneratedTokens& generated = begun.generated;
  Caption caption = std::move(begun.caption);
  caption.timing.prefill_s += generated.prefill_s;
  caption.timing.decoding_s = generated.decoding_s;

  // A decoder may have more rows than the tokenizer has words; they mean nothing.
  std::vector<std::int64_t> words;
  std::vector<double> log_probabilities;
  for (std::size_t token = 0; token < generated.ids.size(); ++token) {
    if (generated.ids[token] >= tokenizer.vocabulary_size()) continue;
    words.push_back(generated.ids[token]);
    log_probabilities.push_back(generated.log_probabilities[token]);
  }
  caption.text = on_one_line(tokenizer.decode(words));
  caption.token_count = static_cast<int>(generated.ids.size());
  if (caption.token_count > 0) {
    caption.mean_log_probability = generated.sum_log_probability / caption.token_count;
  }
  Stopwatch stopwatch;
  if (request.locates_words && begun.sound.spectrogram.defined()) {
    caption.words = locate(words, begun.prompt, begun.sound, begun.image, asked.stop);
    caption.timing.locating_s = stopwatch.lap_s();
  }
  if (request.weighs_words && begun.sound.spectrogram.defined() && begun.image.defined()) {
    stopwatch.lap_s();
    caption.weighed_words = weigh(words, log_probabilities, begun.prompt, begun.image, asked.stop);
    caption.timing.weighing_s = stopwatch.lap_s();
  }
  return caption;
}

int Captioner::windows_at_once() const {
  return implementation_->windows_at_once;
}

Caption Captioner::describe(const Window& window, const CaptionRequest& request,
                            std::stop_token stop) const {
  const WindowToDescribe asked{.window = window, .request = request, .stop = std::move(stop)};
  Described described = std::move(describe_together({&asked, 1}).front());
  if (described.failure) std::rethrow_exception(described.failure);
  return std::move(described.caption);
}

std::vector<Described> Captioner::describe_together(
    std::span<const WindowToDescribe> windows) const {
  const c10::InferenceMode inference;
  Implementation& self = *implementation_;
  const std::size_t most = std::max(windows.size(), static_cast<std::size_t>(self.windows_at_once));
  std::vector<Described> described(windows.size());
  std::size_t next = 0;
  while (next < windows.size()) {
    std::list<BegunInTurn> begun;
    const auto begin_next = [&] {
      BegunInTurn& turn =
          begun.emplace_back(BegunInTurn{.number = next, .stop = windows[next].stop});
      const WindowToDescribe& asked = windows[next];
      note_failure(described[next], [&] {
        if (asked.request.may_wait) {
          turn.place = std::make_unique<SharedDecoding::Place>(*self.decoding);
        }
        turn.window = self.begin(asked);
      });
      if (!turn.window) begun.pop_back();
      ++next;
    };
    begin_next();
    const auto may_wait = [&](std::size_t number) { return windows[number].request.may_wait; };
    while (may_wait(next - 1) && next < windows.size() && may_wait(next) &&
           self.decoding->has_room(most)) {
      begin_next();
    }
    Described of_all;
    note_failure(of_all, [&] { continue_to_end(self.model->decoder, *self.decoding, begun); });
    for (BegunInTurn& turn : begun) {
      described[turn.number].failure = of_all.failure;
      note_failure(described[turn.number],
                   [&] { turn.window->generated = turn.window->sequence->take(); });
      turn.window->sequence.reset();
      turn.place.reset();
    }
    for (BegunInTurn& turn : begun) {
      Described& result = described[turn.number];
      if (result.failure) continue;
      note_failure(result,
                   [&] { result.caption = self.finish(*turn.window, windows[turn.number]); });
    }
  }
  return described;
}

}  // namespace dali
