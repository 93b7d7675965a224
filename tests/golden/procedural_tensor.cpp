// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/procedural_tensor.h"

#include <ATen/ops/empty.h>

#include <regex>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace dali::golden {
namespace {

std::uint64_t fnv1a_64(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

std::uint64_t split_mix(std::uint64_t state) {
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return state ^ (state >> 31);
}

}  // namespace

at::Tensor procedural_tensor(std::string_view name, at::IntArrayRef shape, double low, double high,
                             std::uint64_t seed) {
  const std::uint64_t start = fnv1a_64(name) + seed;
  const auto least = static_cast<float>(low);
  const auto range = static_cast<float>(high - low);
  auto tensor = at::empty(shape, at::kFloat);
  float* element = tensor.data_ptr<float>();
  const auto count = static_cast<std::uint64_t>(tensor.numel());
  for (std::uint64_t index = 0; index < count; ++index) {
    const std::uint64_t bits = split_mix(start + (index + 1) * 0x9E3779B97F4A7C15) >> 40;
    element[index] = least + range * (static_cast<float>(bits) * 0x1p-24f);
  }
  return tensor;
}

at::Tensor ProceduralRule::tensor(std::string_view phrase, std::string_view name,
                                  at::IntArrayRef shape) const {
  const auto place = text_.find(phrase);
  std::smatch range;
  const std::string rest = place == std::string::npos ? "" : text_.substr(place);
  if (!std::regex_search(rest, range, std::regex(R"(U\[([-0-9.]+),([-0-9.]+)\))"))) {
    throw std::runtime_error("the rule has no range for '" + std::string(phrase) + "': " + text_);
  }
  return procedural_tensor(name, shape, std::stod(range[1]), std::stod(range[2]));
}

at::Tensor ProceduralRule::input(std::string_view name) const {
  return call("proc\\(\"(" + std::string(name) + ")\"");
}

at::Tensor ProceduralRule::variable(std::string_view name) const {
  return call(std::string(name) + "=proc\\(\"([^\"]+)\"");
}

at::Tensor ProceduralRule::call(const std::string& beginning) const {
  std::smatch call;
  const std::regex pattern(beginning + R"re(,\[([0-9,]+)\],([-0-9.]+),([-0-9.]+)\))re");
  if (!std::regex_search(text_, call, pattern)) {
    throw std::runtime_error("the rule has no " + beginning + ": " + text_);
  }
  std::vector<std::int64_t> shape;
  std::istringstream sizes(call[2]);
  for (std::string size; std::getline(sizes, size, ',');) shape.push_back(std::stoll(size));
  return procedural_tensor(call[1].str(), shape, std::stod(call[3]), std::stod(call[4]));
}

at::Tensor ProceduralRule::weight(std::string_view name, at::IntArrayRef shape) const {
  std::smatch range;
  const std::regex exception(R"re(except \*([\w.]+): \(([-0-9.]+), ([-0-9.]+)\))re");
  const bool is_exception =
      std::regex_search(text_, range, exception) && name.ends_with(range[1].str());
  const std::regex general(R"re(()state_dict name, shape, ([-0-9.]+), ([-0-9.]+)\))re");
  if (!is_exception && !std::regex_search(text_, range, general)) {
    throw std::runtime_error("the rule has no range for weights: " + text_);
  }
  return procedural_tensor(name, shape, std::stod(range[2]), std::stod(range[3]));
}

}  // namespace dali::golden
