// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/loss_options.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace dali {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

bool is_positive(double number) {
  return number > 0.0 && std::isfinite(number);
}

}  // namespace

double EntropyWeight::last_or_default() const {
  if (last > 0.0) return last;
  return is_scale_free ? 0.1 : 100.0;
}

void validate(const EntropyWeight& weight) {
  require(weight.last >= 0.0 && std::isfinite(weight.last), "lambda must be 0 or more and finite");
}

void validate(const KernelOptions& options) {
  require(!options.multiples.empty() && std::ranges::all_of(options.multiples, is_positive),
          "the kernels' multiples must be one or more numbers above 0");
}

void validate(const UnbalancedOptions& options) {
  require(is_positive(options.rho_audio) && is_positive(options.rho_image),
          "rho_audio and rho_image must be above 0 and finite");
  require(is_positive(options.epsilon) && std::isfinite(options.first_epsilon) &&
              options.first_epsilon >= options.epsilon,
          "epsilon must be above 0, and first_epsilon at least that and finite");
  require(options.iterations >= 1, "iterations must be at least 1");
  require(is_positive(options.tolerance), "tolerance must be above 0 and finite");
}

}  // namespace dali
