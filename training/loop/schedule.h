// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// Learning-rate factors: what the base rate is multiplied with at an optimiser step.

// Rises from 0 to 1 over the first `warmup_steps`, then falls to 0 along half a cosine at
// `total_steps`. Steps count from 0. Reference: transformers' get_cosine_schedule_with_warmup.
double cosine_factor(std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps);

// Rises from 0 to 1 over the first `warmup_steps` and stays.
double warmup_factor(std::int64_t step, std::int64_t warmup_steps);

// ceil(ratio * total_steps), as the reference's trainer counts its warm-up.
std::int64_t warmup_steps(double ratio, std::int64_t total_steps);

// Halved after epoch 10 and after every fifth one from there; epochs count from 1. Reference:
// MultiStepLR(range(10, 1000, 5), gamma=0.5), stepped once an epoch.
double halving_factor(int epoch);

}  // namespace dali
