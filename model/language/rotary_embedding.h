// SPDX-License-Identifier: LGPL-2.1-or-later
// Rotary position embedding (Su et al., "RoFormer", 2021) in Llama's arrangement: channel i of a
// head turns together with channel i + head_width/2.
#pragma once

#include <torch/types.h>

namespace dali {

// The turn of every channel at some positions, ready to multiply: the sines carry the sign of the
// channel's partner. Made once for all layers and heads.
struct RotaryAngles {
  torch::Tensor cosines;       // [tokens, head_width]
  torch::Tensor signed_sines;  // [tokens, head_width]
};

// Angles of positions first_position, first_position + 1, ...; options give device and dtype, the
// angles themselves are computed in float32. head_width is even.
RotaryAngles rotary_angles(int64_t first_position, int64_t tokens, int64_t head_width, double theta,
                           const torch::TensorOptions& options);

// The same, bit by bit, of any positions: positions [tokens], float32, on the options' device.
RotaryAngles rotary_angles_of(const torch::Tensor& positions, int64_t head_width, double theta,
                              const torch::TensorOptions& options);

// x [batch, heads, tokens, head_width], queries or keys -> the same, turned.
torch::Tensor rotate(const torch::Tensor& x, const RotaryAngles& angles);

}  // namespace dali
