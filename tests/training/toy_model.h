// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/captioner/captioning_model.h"
#include "model/language/generation.h"
#include "model/language/multimodal_sequence.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "model/tensor/weight_initialisation.h"
#include "model/vision/image_transform.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "toyworld/drawing.h"
#include "toyworld/scene.h"
#include "toyworld/synthesis.h"

namespace dali {

// What of a scene is looked at; either may be undefined.
struct Inputs {
  at::Tensor pixels;       // [1, 3, image_size, image_size]
  at::Tensor spectrogram;  // [1, frames, mel_bins]
};

// Unseen scenes, each from its sound, from its picture and from both.
inline std::vector<Inputs> inputs_of_scenes(const ModelConfig& config, std::uint64_t world_seed,
                                            std::uint64_t scenes) {
  std::vector<Inputs> inputs;
  for (std::uint64_t index = 0; index < scenes; ++index) {
    const Scene scene = make_scene(world_seed, index, {.split = Split::kTest});
    const RgbImage picture = render_frame(scene, kSceneSeconds / 2);
    const auto pixels = image_to_pixels(picture.view(), config.vision_tower).unsqueeze(0);
    const auto log_mel = log_mel_spectrogram(synthesise(scene), config.spectrogram);
    const auto spectrogram = normalised_spectrogram(log_mel, config.spectrogram).unsqueeze(0);
    inputs.push_back({.pixels = {}, .spectrogram = spectrogram});
    inputs.push_back({.pixels = pixels, .spectrogram = {}});
    inputs.push_back({.pixels = pixels, .spectrogram = spectrogram});
  }
  return inputs;
}

// A model of the toy world, with any weights, looked into.
class ToyModel {
 public:
  ToyModel(const ModelFiles& files, const TensorMap& weights, at::ScalarType dtype,
           bool keeps_integers = false)
      : tokenizer_(files.tokenizer) {
    const UnsetWeights unset_until_loaded;
    model_ = CaptioningModel(files.config);
    load_weights(*model_, "", weights, {.dtype = dtype, .keeps_integers = keeps_integers});
  }

  std::vector<int64_t> greedy_caption(const Inputs& inputs) {
    return generate(model_->decoder, prompt(inputs),
                    {.eos_id = tokenizer_.eos_id(), .max_new_tokens = 32})
        .ids;
  }

  // What the model thinks of each place of a caption when it is given the ids before it:
  // [ids, vocabulary], float32.
  at::Tensor logits(const Inputs& inputs, const std::vector<int64_t>& ids) {
    const auto before = prompt(inputs);
    const auto words = model_->decoder->embed(at::tensor(ids).unsqueeze(0));
    const auto tokens = static_cast<int64_t>(ids.size());
    const auto hidden =
        model_->decoder->forward(at::cat({before, words.narrow(1, 0, tokens - 1)}, 1));
    return model_->decoder->logits(hidden[0].narrow(0, before.size(1) - 1, tokens));
  }

 private:
  // [1, tokens, width]
  at::Tensor prompt(const Inputs& inputs) {
    const auto image = inputs.pixels.defined() ? model_->image_tokens(inputs.pixels) : at::Tensor();
    const auto audio =
        inputs.spectrogram.defined() ? model_->audio_tokens(inputs.spectrogram) : at::Tensor();
    const PromptConfig& words = model_->config.prompt;
    const auto ids = encode_prompt(tokenizer_, conversation_text(words, words.question));
    const SequenceSample sample{
        .ids = ids, .labels = {}, .inserted = model_->condition(image, audio)[0]};
    const auto embed = [&](const at::Tensor& text) { return model_->decoder->embed(text); };
    return sequence_batch({&sample, 1}, embed).embeddings;
  }

  Tokenizer tokenizer_;
  CaptioningModel model_{nullptr};
};

}  // namespace dali
