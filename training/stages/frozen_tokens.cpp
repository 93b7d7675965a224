// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/frozen_tokens.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace dali {
namespace {

// compute(indices of at most kBatch clips) -> [clips of the batch, ...], all joined along axis 0.
template <class Compute>
torch::Tensor over_all_clips(std::int64_t clip_count, Compute compute) {
  constexpr std::int64_t kBatch = 32;
  const c10::NoGradGuard no_gradients;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(clip_count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  std::vector<torch::Tensor> batches;
  for (std::int64_t begin = 0; begin < clip_count; begin += kBatch) {
    const auto count = std::min(kBatch, clip_count - begin);
    const std::span part(indices.data() + begin, static_cast<std::size_t>(count));
    batches.push_back(compute(part).cpu());
  }
  return at::cat(batches);
}

}  // namespace

torch::Tensor frozen_image_tokens(ImageTokens& image_tokens, const ClipSet& clips) {
  return over_all_clips(clips.size(), [&](std::span<const std::int64_t> indices) {
    const auto pixels = clips.pixels(indices);  // [clips, frames, 3, size, size]
    const auto tokens = image_tokens.of(pixels.flatten(0, 1));
    return tokens.view({pixels.size(0), pixels.size(1), tokens.size(1), tokens.size(2)});
  });
}

torch::Tensor frozen_audio_tokens(CaptioningModel& model, const ClipSet& clips) {
  return over_all_clips(clips.size(), [&](std::span<const std::int64_t> indices) {
    return model->audio_tokens(clips.spectrograms(indices));
  });
}

}  // namespace dali
