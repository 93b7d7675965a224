// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// A new module's weight, float32 on the CPU: normally distributed around 0 with deviation 0.02, as
// the published towers and decoders start, from LibTorch's global generator.
at::Tensor random_weight(at::IntArrayRef shape);

// A new module's weight whose every element is `value`.
at::Tensor constant_weight(at::IntArrayRef shape, double value);

// While one exists, modules built on this thread start unset: a weight of the right shape that
// takes neither time nor memory, in which every element is the same NaN. For whoever loads the
// weights anyway; a seven-billion-parameter decoder could not be filled twice. An unset weight must
// be replaced (set_data), it cannot be written to.
class UnsetWeights {
 public:
  UnsetWeights();
  ~UnsetWeights();
  UnsetWeights(const UnsetWeights&) = delete;
  UnsetWeights& operator=(const UnsetWeights&) = delete;

 private:
  const bool outer_;  // whether an enclosing scope had already asked for it
};

}  // namespace dali
