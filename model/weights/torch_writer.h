// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "model/weights/safetensors_writer.h"
#include "model/weights/zip_writer.h"

namespace dali {

// Writes a state dict as torch.save() does (.pth, .bin; zip format, since torch 1.6), so that
// torch.load() reads it, also with weights_only: an OrderedDict from names to tensors, of which
// each has a storage of its own. Its tensors need not be in memory together: what they are called
// and how large they are is known at first, their numbers come one tensor after the other. The file
// appears in one step, with commit(); without it nothing is left.
// Every failure throws std::runtime_error naming the file; tensors that do not fit the entries are
// the caller's mistake, c10::Error.
class TorchWriter {
 public:
  TorchWriter(const std::filesystem::path& path, std::vector<SafetensorsEntry> entries);

  // The next entry's tensor; any device, any strides.
  void write(const at::Tensor& tensor);

  void commit();

 private:
  std::vector<SafetensorsEntry> entries_;
  std::string folder_;  // of all members, with its slash
  std::size_t written_ = 0;
  ZipWriter file_;
};

}  // namespace dali
