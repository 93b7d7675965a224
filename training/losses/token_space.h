// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <functional>

namespace dali {

// Tokens of the sounds and of the pictures of the same clips, each [batch, tokens, width].
struct TokenPair {
  torch::Tensor audio;
  torch::Tensor image;
};

// Where tokens are before their squared distances are taken: a loss is told such a place, and knows
// nothing of what it is. Gradients go through. The number of tokens stays, their width need not.
using TokenSpace = std::function<TokenPair(const torch::Tensor& audio, const torch::Tensor& image)>;

// tokens [batch, tokens, width] -> [batch, tokens, other width], float32 or float64.
using TokenProjection = std::function<torch::Tensor(const torch::Tensor& tokens)>;

// Tokens by their direction, after `projection`: z = p / rms(p), and a squared distance is the mean
// over z's width, so that 2 is that of unrelated tokens. Where a decoder's first act is an RMS
// normalisation, this is where it reads them. Directions leave the tokens' norms free, so that the
// distance of the tokens as they were comes in too: times `raw_share`, 0 or more, and times what
// makes its mean over the clip's pairs that of the z's, which counts as a constant.
TokenSpace space_of_directions(TokenProjection projection, double raw_share);

}  // namespace dali
