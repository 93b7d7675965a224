// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "training/losses/alignment_loss.h"

namespace dali {

// Which sounds of a batch belong to which of its pictures, judged by the tokens themselves: in
// clips as they come, many sounds are of things that are not in the picture.

// The share of a batch's pairs that is trained on: all in epoch 1, `last` from epoch 5 on, falling
// evenly in between.
double kept_share(double last, int epoch);

// That share of `clips`, rounded, and at least one of them.
std::int64_t kept_count(double share, std::int64_t clips);

// The indices of the `count` least, ascending; of equal ones the first. What is not a number counts
// as least: it shall not go unnoticed. distances [clips] -> int64 [count], on the CPU.
torch::Tensor least_distances(const torch::Tensor& distances, std::int64_t count);

// For each sound and each picture the mean, over the sound's tokens, of the squared distance to the
// picture's nearest token, in the loss's space: transport that may use a picture's tokens as often
// as it likes, which costs no more than transport does and is cheap enough for all pairs. Without
// gradient.
// audio [sounds, audio tokens, width], image [pictures, image tokens, width] -> [sounds, pictures].
torch::Tensor clip_distances(const AlignmentLoss& loss, const torch::Tensor& audio,
                             const torch::Tensor& image);

struct ClipMatch {
  std::int64_t sound = 0;
  std::int64_t picture = 0;
};

// Partial transport between sounds and pictures that all weigh the same: the `count` pairs, no
// sound and no picture twice, whose distances add up to the least. Ascending by the sound. Where a
// distance is not finite, the first `count` sounds with the picture of their own number.
// distances [sounds, pictures], as many of each, at least 0; count from 1 to that.
std::vector<ClipMatch> cheapest_matches(const torch::Tensor& distances, std::int64_t count);

}  // namespace dali
