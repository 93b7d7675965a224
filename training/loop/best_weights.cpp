// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/best_weights.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <utility>

#include "model/weights/safetensors.h"

namespace dali {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string fact(const TensorFile& file, const std::string& name) {
  const auto found = file.metadata().find(name);
  if (found == file.metadata().end()) {
    throw std::runtime_error(fmt::format("{}: does not say its {}", file.path().string(), name));
  }
  return found->second;
}

}  // namespace

BestWeights::BestWeights(const std::filesystem::path& out, std::string figure)
    : file_(out / "best" / "weights.safetensors"), figure_(std::move(figure)) {}

void BestWeights::resume(std::int64_t steps, bool was_validated) {
  if (steps == 0) {
    std::filesystem::remove(file_);
  } else if (std::filesystem::exists(file_)) {
    const TensorFile file = open_safetensors(file_);
    const std::string value = fact(file, figure_);
    char* end = nullptr;
    least_ = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0') {
      throw std::runtime_error(
          fmt::format("{}: its {} is no number: '{}'", file_.string(), figure_, value));
    }
  } else if (was_validated) {
    throw std::runtime_error(
        fmt::format("{}: is missing, so the best weights of the first {} steps are lost; begin "
                    "again in another --out",
                    file_.string(), steps));
  }
}

void BestWeights::offer(std::int64_t step, int epoch, const Metrics& figures,
                        const std::vector<Adam>& optimisers) {
  const auto figure = figures.find(figure_);
  if (figure == figures.end()) {
    throw std::runtime_error(fmt::format(
        "step {}: nothing that is held out can be read, so that the best weights cannot "
        "be known; keep=last does without",
        step));
  }
  const double found = std::isnan(figure->second) ? kInfinity : figure->second;
  if (least_ && !(found < *least_)) return;
  least_ = found;
  TensorMap weights;
  TensorMap moments;
  for (const Adam& optimiser : optimisers) optimiser.save(weights, moments);
  std::filesystem::create_directories(file_.parent_path());
  save_safetensors(file_, weights,
                   {{"step", std::to_string(step)},
                    {"epoch", std::to_string(epoch)},
                    {figure_, fmt::format("{}", found)}});
}

void BestWeights::restore(std::vector<Adam>& optimisers) const {
  if (!least_ || *least_ == kInfinity) {
    throw std::runtime_error("no validation gave a finite " + figure_ +
                             " to keep the best weights by");
  }
  const TensorFile file = open_safetensors(file_);
  const TensorMap weights = file.tensors();
  for (Adam& optimiser : optimisers) optimiser.replace_weights(weights, file_.string());
  fmt::print(stderr,
             "the weights after step {} in epoch {} are kept: their held-out {} is {:.6g}\n",
             fact(file, "step"), fact(file, "epoch"), figure_, *least_);
}

}  // namespace dali
