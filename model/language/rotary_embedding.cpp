// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/rotary_embedding.h"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/roll.h>

#include <cmath>

namespace dali {
namespace {

// LibTorch's own cosines differ in their last bits where one thread's share ends and another's
// begins, so that captions would depend on how many there are.
torch::Tensor number_by_number(const torch::Tensor& angles, float (*function)(float)) {
  const auto result = angles.contiguous().clone();
  float* const numbers = result.data_ptr<float>();
  for (int64_t i = 0; i < result.numel(); ++i) numbers[i] = function(numbers[i]);
  return result;
}

}  // namespace

RotaryAngles rotary_angles(int64_t first_position, int64_t tokens, int64_t head_width, double theta,
                           const torch::TensorOptions& options) {
  const auto positions =
      at::arange(first_position, first_position + tokens, options.dtype(at::kFloat));
  return rotary_angles_of(positions, head_width, theta, options);
}

RotaryAngles rotary_angles_of(const torch::Tensor& positions, int64_t head_width, double theta,
                              const torch::TensorOptions& options) {
  TORCH_CHECK(head_width > 0 && head_width % 2 == 0,
              "the rotary embedding wants an even head_width, got ", head_width);
  const auto exact = options.dtype(at::kFloat);
  const auto exponent = at::arange(0, head_width, 2, exact) / static_cast<double>(head_width);
  const auto frequencies = at::pow(theta, exponent).reciprocal();
  const auto angles = at::outer(positions, frequencies);
  const auto cosines = angles.is_cpu() ? number_by_number(angles, std::cos) : angles.cos();
  const auto sines = angles.is_cpu() ? number_by_number(angles, std::sin) : angles.sin();
  return {.cosines = at::cat({cosines, cosines}, 1).to(options),
          .signed_sines = at::cat({-sines, sines}, 1).to(options)};
}

torch::Tensor rotate(const torch::Tensor& x, const RotaryAngles& angles) {
  const auto partner = at::roll(x, x.size(-1) / 2, -1);
  return at::addcmul(x * angles.cosines, partner, angles.signed_sines);
}

}  // namespace dali
