// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/weights/safetensors.h"
#include "tests/golden/tolerance.h"

namespace dali::golden {

// One file of golden data: tensors that went into the reference implementation and came out of it,
// and what the index says about them. Cheap to copy; its tensors are views of the mapped file.
class Fixture {
 public:
  // Opens the file that `entry` (of index.json) names in `directory`.
  // Throws std::runtime_error when the file is missing or damaged.
  Fixture(std::string name, nlohmann::json entry, const std::filesystem::path& directory);

  // For messages alone: a check never looks at it.
  const std::string& name() const { return name_; }

  // "2_cavmae_encoder": what the fixture is about.
  std::string group() const { return entry_.value("group", std::string()); }
  std::string reference() const { return entry_.value("reference", std::string()); }
  const nlohmann::json& config() const { return entry_.at("config"); }
  const nlohmann::json& entry() const { return entry_; }

  // The fixture's file, and where it lies with others that its configuration may name.
  const std::filesystem::path& path() const { return file_.path(); }
  std::filesystem::path directory() const { return path().parent_path(); }

  bool has(const std::string& tensor_name) const { return file_.contains(tensor_name); }
  std::vector<std::string> names() const { return file_.names(); }
  at::Tensor tensor(const std::string& tensor_name) const { return file_.tensor(tensor_name); }

  // Tensors whose names start with `prefix`, without it: those of "w." are weights.
  TensorMap tensors_under(const std::string& prefix) const;

  // Nothing when no pattern of the index fits.
  std::optional<Tolerance> tolerance(const std::string& tensor_name) const;

 private:
  std::string name_;
  nlohmann::json entry_;
  TensorFile file_;
};

}  // namespace dali::golden
