// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/model_directory.h"
#include "model/weights/safetensors_writer.h"
#include "model/weights/weight_names.h"

namespace dali {

enum class ExportFormat {
  kLlavaHf,  // transformers' folder of LLaVA, vision tower inside
  kLlava,    // LLaVA's authors' folder, CLIP in its folder clip/
  kAuthors   // audio_backbone.pth, prefix.bin, prefixMLP.bin
};

ExportFormat export_format_named(std::string_view name);  // throws std::invalid_argument

struct ExportRequest {
  std::filesystem::path model = {};  // directory, with or without bases
  ExportFormat format = ExportFormat::kLlavaHf;
  std::optional<at::ScalarType> dtype = std::nullopt;  // nothing: each tensor as it is stored
  int shared_blocks = 1;                               // of the audio tower's, the last ones
  std::int64_t largest_shard_bytes = std::int64_t{4} << 30;
};

// A tensor of a published file, and what of the model it is.
struct ExportedTensor {
  SafetensorsEntry entry;
  std::string name;  // of the model's tensor; empty: made here
  int part = 0;
  int parts = 1;  // of that tensor, one below the other
};

struct ExportedFile {
  std::filesystem::path path;  // in the folder that is written; its ending chooses the format
  std::vector<ExportedTensor> tensors;
};

// A model directory, opened and checked, and the published files that it becomes: what ModelImport
// reads, written back. No numbers are read before write(), which then has one tensor in memory at a
// time.
class ModelExport {
 public:
  // Throws std::runtime_error or std::invalid_argument in one line naming the file: also for a
  // model whose weights are integers, which other programs cannot read, and for more shared blocks
  // than the audio tower can have.
  explicit ModelExport(const ExportRequest& request);

  const std::vector<ExportedFile>& files() const { return exported_; }
  std::size_t tensor_count() const;
  std::int64_t size_bytes() const;
  const std::vector<std::string>& notes() const { return notes_; }  // what was decided on the way

  // Makes the folder `out`, which appears when it is complete. `after_tensor` is called after each
  // tensor and may throw, which leaves nothing behind.
  // Throws std::runtime_error in one line: also when a number is not finite in its dtype or the
  // disk is full.
  void write(const std::filesystem::path& out, const std::function<void()>& after_tensor) const;

 private:
  void refuse_integers() const;
  std::vector<ExportedTensor> exported(PublishedLayout layout, std::string_view part) const;
  void add_unused_norm(std::vector<ExportedTensor>& tensors, const std::string& norm,
                       at::ScalarType dtype) const;
  void add_sharded(const std::filesystem::path& folder, const std::string& stem,
                   const std::string& ending, std::vector<ExportedTensor> tensors);
  void plan_llava_hf();
  void plan_llava();
  void plan_authors();
  void note_what_is_left();

  at::Tensor read(const ExportedTensor& tensor, const std::string& file) const;
  void write_words(const std::filesystem::path& directory) const;
  void write_indices(const std::filesystem::path& directory) const;

  ExportRequest request_;
  ModelFiles files_;
  at::ScalarType dtype_ = at::kFloat;  // as configurations state it
  std::vector<ExportedFile> exported_;
  std::vector<std::string> notes_;
};

}  // namespace dali
