// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/token_means.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace dali {

TokenMeans token_means(CaptioningModel& model, const ClipSet& clips) {
  constexpr std::int64_t kBatch = 32;
  const c10::InferenceMode no_gradients;
  std::vector<torch::Tensor> audio;
  std::vector<torch::Tensor> image;
  for (std::int64_t begin = 0; begin < clips.size(); begin += kBatch) {
    std::vector<std::int64_t> indices(
        static_cast<std::size_t>(std::min(kBatch, clips.size() - begin)));
    std::iota(indices.begin(), indices.end(), begin);
    const auto middle_frame = clips.pixels(indices).select(1, clips.frames_per_clip() / 2);
    audio.push_back(model->audio_tokens(clips.spectrograms(indices)).mean(1));
    image.push_back(model->image_tokens(middle_frame).mean(1));
  }
  return {.audio = at::cat(audio), .image = at::cat(image)};
}

}  // namespace dali
