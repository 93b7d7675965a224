// SPDX-License-Identifier: LGPL-2.1-or-later
// What is behind Captioner's interface, for the files that it is written in and for
// training/evaluate/above_floor.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "model/base/model_config.h"
#include "model/captioner/captioner.h"
#include "model/captioner/captioning_model.h"
#include "model/captioner/shared_decoding.h"
#include "model/language/generation.h"
#include "model/language/known_head.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"

namespace dali {

// What of a window is looked at.
struct Inputs {
  std::optional<std::span<const float>> audio;
  std::optional<FrameView> frame;
};

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

// A window between the reading of its prompt and its words.
struct BegunWindow {
  Caption caption;   // its timing so far
  at::Tensor image;  // [1, tokens, width of the tower], undefined without a picture
  SoundOfWindow sound;
  PromptOfWindow prompt;
  std::optional<Continuation> sequence;  // gone with the memory for keys and values
  GeneratedTokens generated = {};        // once it has
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
  int windows_at_once = 1;                              // as CaptionEngine has it
  std::unique_ptr<KnownHead> known_head = std::make_unique<KnownHead>();
  std::unique_ptr<SharedDecoding> decoding = std::make_unique<SharedDecoding>();

  // The two halves of a description, with the continuation of all that have begun between them.
  // The first notes what it takes; nothing after a stop.
  std::optional<BegunWindow> begin(const WindowToDescribe& asked);
  // What begin() ends with: the prompt is read, with begun.image and `audio`, either of which may
  // be undefined, and the first token chosen.
  void read_prompt(BegunWindow& begun, const at::Tensor& audio, const WindowToDescribe& asked);
  Caption finish(BegunWindow& begun, const WindowToDescribe& asked);

  // Undefined for what is not there. They note the time of each of their stages.
  SoundOfWindow sound_of_window(const Inputs& inputs, CaptionTiming& timing);
  at::Tensor audio_tokens(const SoundOfWindow& sound, CaptionTiming& timing);
  at::Tensor image_tokens(const Inputs& inputs, CaptionTiming& timing);

  // With the tokens of picture, sound and prefix in their place.
  PromptOfWindow prompt_of_window(const at::Tensor& condition, const CaptionRequest& request);

  // With the prompt read and the first token chosen.
  Continuation begun_caption(const PromptOfWindow& prompt, const CaptionRequest& request,
                             const std::stop_token& stop);

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

}  // namespace dali
