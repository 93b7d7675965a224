// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/weight_initialisation.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <limits>

namespace dali {
namespace {

constexpr double kDeviation = 0.02;

thread_local bool starts_unset = false;

at::Tensor unset_weight(at::IntArrayRef shape) {
  return at::full({1}, std::numeric_limits<float>::quiet_NaN(), at::kFloat).expand(shape);
}

}  // namespace

at::Tensor random_weight(at::IntArrayRef shape) {
  return starts_unset ? unset_weight(shape) : at::empty(shape, at::kFloat).normal_(0.0, kDeviation);
}

at::Tensor constant_weight(at::IntArrayRef shape, double value) {
  return starts_unset ? unset_weight(shape) : at::full(shape, value, at::kFloat);
}

UnsetWeights::UnsetWeights() : outer_(starts_unset) {
  starts_unset = true;
}

UnsetWeights::~UnsetWeights() {
  starts_unset = outer_;
}

}  // namespace dali
