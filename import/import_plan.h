// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "import/published_checkpoint.h"
#include "model/weights/weight_names.h"

namespace dali {

// One published file or folder, and what of a model is taken from it.
struct ImportSource {
  std::string option;                              // "--llava", for reports and messages
  const PublishedCheckpoint* checkpoint;           // borrowed; must outlive the plan
  std::vector<WeightNames> names;                  // whatever may stand in it
  std::map<std::string, std::string> taken_parts;  // "projector." -> what it becomes
};

// What became of the tensors of one source: each is used, or left out for a reason.
struct SourceReport {
  std::string option;
  std::filesystem::path path;
  std::vector<std::string> used;
  std::map<std::string, std::vector<std::string>> left_out;  // by reason
};

// Where each tensor of a new model comes from. Reads names and shapes, no numbers.
class ImportPlan {
 public:
  // Throws std::runtime_error in one line naming file and tensor: when a tensor is neither used nor
  // known to be of no use, or when two come to the same place.
  void add(const ImportSource& source);

  // Also gives `name` the tensor of `other_name`.
  void share(const std::string& name, const std::string& other_name);
  // A tensor that no file has.
  void add_made(const std::string& name, const at::Tensor& tensor);

  bool contains(const std::string& name) const { return tensors_.contains(name); }
  bool has_part(std::string_view part) const;  // "audio_tower."
  std::vector<std::string> names() const;      // sorted

  // Of the whole tensor, its parts joined. Throw std::runtime_error when it is not there, or has
  // another number of axes than `axes`.
  std::vector<std::int64_t> shape_of(const std::string& name) const;
  int size_of(const std::string& name, std::size_t axes, std::size_t axis) const;
  // How many of "audio_tower.blocks.#." there are, counted by the `end` of one tensor's name.
  int count_of(const std::string& start, const std::string& end) const;

  // Every tensor is one that `wanted` (by name; only shapes are looked at) has, in the same shape,
  // and every one of those is there. Throws std::runtime_error naming file, tensor, both shapes and
  // who asks for it: `asked_by` has a file's name for every part ("decoder.").
  void check(const TensorMap& wanted, const std::map<std::string, std::string>& asked_by) const;

  // The numbers, of floating point, joined and in `dtype`, in memory of their own.
  // Throws std::runtime_error naming the tensor when one of them is NaN or infinite, also when
  // `dtype` cannot hold it.
  at::Tensor read(const std::string& name, at::ScalarType dtype) const;

  const std::vector<SourceReport>& reports() const { return reports_; }

 private:
  struct Part {
    const PublishedCheckpoint* checkpoint = nullptr;  // none: not found yet
    std::string name;
  };
  struct Tensor {
    std::vector<Part> parts;  // one below the other
    at::Tensor made;          // defined when there are no parts
  };

  void place(const ImportSource& source, const std::string& name,
             const WeightDestination& destination);
  const Tensor& tensor(const std::string& name) const;
  static std::string described(const Part& part);  // "FILE: tensor 'NAME'"

  std::map<std::string, Tensor> tensors_;
  std::vector<SourceReport> reports_;
};

}  // namespace dali
