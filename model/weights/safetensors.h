#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

using TensorMap = std::map<std::string, at::Tensor>;
using SafetensorsMetadata = std::map<std::string, std::string>;

// A safetensors file, mapped into memory: an 8-byte little-endian header length, a JSON header
// {name: {dtype, shape, data_offsets}}, then the tensors' bytes without gaps, row-major and
// little-endian. The format: https://github.com/huggingface/safetensors.
//
// Pages are read when they are first touched and may be dropped again. The mapping is private: who
// writes into a tensor gets a copy of that page, and the file never changes. A copy of this object
// shares the mapping, and so does every tensor; the last of them unmaps it. Reading is safe from
// any thread. The file must not be cut short by somebody else meanwhile: that is SIGBUS on Linux.
class SafetensorsFile {
 public:
  // Throws std::runtime_error naming the file, and the tensor where one is to blame, when the file
  // is missing, cut short or malformed: nothing is believed that was not checked.
  static SafetensorsFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const SafetensorsMetadata& metadata() const { return metadata_; }

  std::vector<std::string> names() const;  // sorted
  bool contains(std::string_view name) const;

  // A view of the mapping on the CPU (a copy where the file does not align it to its dtype).
  // Throws std::runtime_error when there is no such tensor.
  at::Tensor tensor(std::string_view name) const;
  TensorMap tensors() const;

 private:
  struct Entry {
    at::ScalarType dtype = at::kFloat;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0;  // from the start of the file
    std::size_t end = 0;
  };
  class Mapping;

  // `description` is the header's of tensor `name`; the data follow the header at `data_begin`.
  static Entry read_entry(const std::filesystem::path& path, const std::string& name,
                          const nlohmann::json& description, std::size_t data_begin,
                          std::size_t data_bytes);
  // In the order of their bytes, each tensor starts where the one before it ends.
  void check_layout(std::size_t data_begin) const;

  std::filesystem::path path_;
  std::shared_ptr<const Mapping> mapping_;
  std::map<std::string, Entry, std::less<>> entries_;
  SafetensorsMetadata metadata_;
};

// Writes `tensors` (any device, any strides) to `path` in one step: a reader sees the old file or
// the new one, also after a power cut. Throws std::runtime_error naming the file.
void save_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                      const SafetensorsMetadata& metadata = {});

}  // namespace dali
