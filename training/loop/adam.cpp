// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/adam.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace dali {
namespace {

const at::Tensor& stored(const TensorMap& tensors, const std::string& name,
                         at::IntArrayRef wanted_shape, const std::string& source) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    throw std::runtime_error(fmt::format("{}: tensor '{}' is missing", source, name));
  }
  if (found->second.sizes() != wanted_shape) {
    throw std::runtime_error(fmt::format("{}: tensor '{}' has shape [{}], training wants [{}]",
                                         source, name, fmt::join(found->second.sizes(), ", "),
                                         fmt::join(wanted_shape, ", ")));
  }
  return found->second;
}

}  // namespace

Adam::Adam(ParameterGroup group) : group_name_(std::move(group.name)), config_(group.adam) {
  for (auto& [name, parameter] : group.parameters) {
    slots_.push_back({.name = name,
                      .parameter = parameter,
                      .weight = parameter.detach().to(at::kFloat),
                      .first_moment = {},
                      .second_moment = {}});
  }
  gradients_.resize(slots_.size());
}

std::int64_t Adam::parameter_count() const {
  std::int64_t count = 0;
  for (const Slot& slot : slots_) count += slot.weight.numel();
  return count;
}

void Adam::take_gradients() {
  const c10::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& taken = slots_[i].parameter.mutable_grad();
    if (!taken.defined()) continue;
    auto gradient = std::exchange(taken, at::Tensor()).to(at::kFloat).contiguous();
    gradients_[i] = gradients_[i].defined() ? gradients_[i].add_(gradient) : gradient;
  }
}

void Adam::define_gradients(const std::function<bool()>& is_wanted) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (is_wanted() && !gradients_[i].defined()) gradients_[i] = at::zeros_like(slots_[i].weight);
  }
}

void Adam::scale_gradients(double factor) {
  for (auto& gradient : gradients_) {
    if (gradient.defined()) gradient.mul_(factor);
  }
}

double Adam::gradient_norm() const {
  std::vector<at::Tensor> norms;
  for (const auto& gradient : gradients_) {
    if (gradient.defined()) norms.push_back(gradient.norm().to(at::kDouble));
  }
  if (norms.empty()) return 0.0;
  // Together, so that a GPU is waited for once.
  const auto together = at::stack(norms).cpu();
  double squares = 0.0;
  for (const double norm : std::span(together.data_ptr<double>(), norms.size())) {
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void Adam::step(double factor) {
  const c10::NoGradGuard no_gradients;
  const double rate = config_.learning_rate * (config_.follows_schedule ? factor : 1.0);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto gradient = std::exchange(gradients_[i], at::Tensor());
    if (!gradient.defined()) continue;
    Slot& slot = slots_[i];
    if (!slot.first_moment.defined()) {
      slot.first_moment = at::zeros_like(slot.weight);
      slot.second_moment = at::zeros_like(slot.weight);
    }
    const auto steps = static_cast<double>(++slot.steps);
    if (config_.weight_decay != 0.0) gradient = gradient.add(slot.weight, config_.weight_decay);
    slot.first_moment.mul_(config_.beta1).add_(gradient, 1.0 - config_.beta1);
    slot.second_moment.mul_(config_.beta2).addcmul_(gradient, gradient, 1.0 - config_.beta2);
    const double first_correction = 1.0 - std::pow(config_.beta1, steps);
    const double second_correction = 1.0 - std::pow(config_.beta2, steps);
    const auto divisor =
        (slot.second_moment.sqrt() / std::sqrt(second_correction)).add_(config_.epsilon);
    slot.weight.addcdiv_(slot.first_moment, divisor, -rate / first_correction);
    publish(slot);
  }
}

void Adam::publish(Slot& slot) {
  if (!slot.parameter.is_alias_of(slot.weight)) slot.parameter.detach().copy_(slot.weight);
}

void Adam::release_weights() {
  for (Slot& slot : slots_) slot.parameter.set_data(slot.weight);
}

void Adam::save(TensorMap& weights, TensorMap& moments) const {
  for (const Slot& slot : slots_) {
    weights.insert_or_assign(slot.name, slot.weight);
    moments.insert_or_assign(slot.name + ".steps", at::scalar_tensor(slot.steps, at::kLong));
    if (!slot.first_moment.defined()) continue;
    moments.insert_or_assign(slot.name + ".first_moment", slot.first_moment);
    moments.insert_or_assign(slot.name + ".second_moment", slot.second_moment);
  }
}

void Adam::replace_weights(const TensorMap& weights, const std::string& source) {
  const c10::NoGradGuard no_gradients;
  for (Slot& slot : slots_) {
    slot.weight.copy_(stored(weights, slot.name, slot.weight.sizes(), source));
    publish(slot);
  }
}

void Adam::load(const TensorMap& weights, const TensorMap& moments, const std::string& source) {
  replace_weights(weights, source);
  const c10::NoGradGuard no_gradients;
  for (Slot& slot : slots_) {
    const auto shape = slot.weight.sizes();
    slot.steps = stored(moments, slot.name + ".steps", {}, source).item<std::int64_t>();
    if (slot.steps == 0) continue;
    const auto own_copy = [&](const char* moment) {
      return stored(moments, slot.name + moment, shape, source)
          .to(slot.weight.device(), at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    };
    slot.first_moment = own_copy(".first_moment");
    slot.second_moment = own_copy(".second_moment");
  }
}

}  // namespace dali
