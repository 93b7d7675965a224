// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "import/model_shards.h"
#include "model/weights/model_directory.h"

namespace dali {

struct QuantisationRequest {
  std::filesystem::path model = {};  // directory, with or without bases
  WeightFormat format = WeightFormat::kInt8;
  std::string name = {};  // of the new model; empty: as it was
  std::int64_t largest_shard_bytes = std::int64_t{4} << 30;
};

// A model directory, opened and checked, and what becomes of each of its tensors when its matrices
// are stored as integers (integer_formats.h). No numbers are read before write(), which then has
// one tensor in memory at a time.
class ModelQuantisation {
 public:
  // Throws std::runtime_error or std::invalid_argument in one line naming the file: also for a
  // model that has integers already, as rounding them again would add a second error to the first.
  explicit ModelQuantisation(const QuantisationRequest& request);

  const ModelConfig& config() const { return files_.config; }
  const std::vector<ModelTensor>& tensors() const { return tensors_; }

  // Makes the model directory `out`, which appears when it is complete and stands alone.
  // `after_tensor` is called after each tensor and may throw, which leaves nothing behind. Computes
  // on as many threads as the calling thread does (compute_with_threads()); they change nothing.
  // Throws std::runtime_error in one line: also when a weight is not finite or the disk is full.
  void write(const std::filesystem::path& out, const std::function<void()>& after_tensor) const;

 private:
  at::Tensor read(const std::string& name, at::ScalarType dtype) const;  // and gives pages back

  QuantisationRequest request_;
  ModelFiles files_;
  std::vector<ModelTensor> tensors_;
};

}  // namespace dali
