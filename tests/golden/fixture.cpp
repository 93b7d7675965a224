// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/fixture.h"

#include <utility>

namespace dali::golden {

Fixture::Fixture(std::string name, nlohmann::json entry, const std::filesystem::path& directory)
    : name_(std::move(name)),
      entry_(std::move(entry)),
      file_(open_safetensors(directory / entry_.at("file").get<std::string>())) {}

TensorMap Fixture::tensors_under(const std::string& prefix) const {
  TensorMap tensors;
  for (const std::string& tensor_name : names()) {
    if (tensor_name.starts_with(prefix)) {
      tensors.emplace(tensor_name.substr(prefix.size()), tensor(tensor_name));
    }
  }
  return tensors;
}

std::optional<Tolerance> Fixture::tolerance(const std::string& tensor_name) const {
  return find_tolerance(entry_.value("tolerances", nlohmann::json::object()), tensor_name);
}

}  // namespace dali::golden
