// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/audio/position_embedding.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>

namespace dali {
namespace {

// -> [positions, channels], float64: the reference computes in it, and the index times the highest
// frequency would lose digits in float32.
torch::Tensor sincos_of_index(int64_t positions, int64_t channels) {
  const auto options = at::TensorOptions(at::kDouble);
  const auto octave = at::arange(channels / 2, options) / (static_cast<double>(channels) / 2);
  const auto phase = at::outer(at::arange(positions, options), at::pow(10000.0, -octave));
  return at::cat({phase.sin(), phase.cos()}, 1);
}

}  // namespace

torch::Tensor sincos_position_embedding(int width, int frequency_patches, int time_patches) {
  TORCH_CHECK(width > 0 && width % 4 == 0 && frequency_patches > 0 && time_patches > 0,
              "the position embedding wants a width in multiples of 4 and at least one patch, got "
              "width ",
              width, ", ", frequency_patches, " × ", time_patches, " patches");
  const int64_t half = width / 2;
  const auto by_time = sincos_of_index(time_patches, half).unsqueeze(0);
  const auto by_frequency = sincos_of_index(frequency_patches, half).unsqueeze(1);
  return at::cat({by_time.expand({frequency_patches, time_patches, half}),
                  by_frequency.expand({frequency_patches, time_patches, half})},
                 2)
      .reshape({-1, width})
      .to(at::kFloat);
}

}  // namespace dali
