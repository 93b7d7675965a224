// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/safetensors_writer.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "model/base/in_quotes.h"
#include "model/weights/quantised_tensors.h"
#include "model/weights/safetensors.h"

namespace dali {
namespace {

const char* name_of_dtype(const std::filesystem::path& path, const std::string& tensor_name,
                          at::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble:
      return "F64";
    case at::kFloat:
      return "F32";
    case at::kHalf:
      return "F16";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    case at::kInt:
      return "I32";
    case at::kShort:
      return "I16";
    case at::kChar:
      return "I8";
    case at::kByte:
      return "U8";
    case at::kBool:
      return "BOOL";
    default:
      throw std::runtime_error(
          path.string() + ": tensor " + in_quotes(tensor_name) +
          " has a dtype that safetensors cannot hold: " + c10::toString(dtype));
  }
}

}  // namespace

std::size_t SafetensorsEntry::size_bytes() const {
  return static_cast<std::size_t>(c10::multiply_integers(shape)) * c10::elementSize(dtype);
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<SafetensorsEntry> entries,
                                     const SafetensorsMetadata& metadata)
    : entries_(std::move(entries)), file_(path) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const SafetensorsEntry& entry : entries_) {
    const std::size_t end = offset + entry.size_bytes();
    header[entry.name] = {{"dtype", name_of_dtype(path, entry.name, entry.dtype)},
                          {"shape", entry.shape},
                          {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string header_text = header.dump();
  // So that the data start aligned, to a line of the cache.
  const std::size_t data_begin = (sizeof(std::uint64_t) + header_text.size() + 63) / 64 * 64;
  header_text.resize(data_begin - sizeof(std::uint64_t), ' ');
  const std::uint64_t header_bytes = header_text.size();
  file_.write(&header_bytes, sizeof header_bytes);
  file_.write(header_text);
}

void SafetensorsWriter::write(const at::Tensor& tensor) {
  TORCH_CHECK(written_ < entries_.size(), "SafetensorsWriter got more tensors than entries");
  const SafetensorsEntry& entry = entries_[written_++];
  TORCH_CHECK(tensor.sizes() == at::IntArrayRef(entry.shape) && tensor.scalar_type() == entry.dtype,
              "SafetensorsWriter wants ", entry.name, " as its entry states it, got ",
              tensor.scalar_type(), " ", tensor.sizes());
  const at::Tensor data = tensor.detach().cpu().contiguous();
  file_.write(data.data_ptr(), data.nbytes());
}

void SafetensorsWriter::commit() {
  TORCH_CHECK(written_ == entries_.size(), "SafetensorsWriter got fewer tensors than entries");
  file_.commit();
}

void save_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                      const SafetensorsMetadata& metadata) {
  // Codes of integers first: whole lines of the cache. Then widest elements first, so that every
  // tensor lies on a multiple of its element's size.
  std::vector<const TensorMap::value_type*> in_file_order;
  for (const auto& named_tensor : tensors) {
    if (!named_tensor.second.defined()) {
      throw std::runtime_error(path.string() + ": tensor " + in_quotes(named_tensor.first) +
                               " is undefined and cannot be saved");
    }
    in_file_order.push_back(&named_tensor);
  }
  const auto alignment = [](const TensorMap::value_type* entry) {
    constexpr std::int64_t kCacheLineBytes = 64;
    const bool is_codes = format_of_codes(entry->first, entry->second.sizes()).has_value();
    return is_codes ? kCacheLineBytes : entry->second.element_size();
  };
  std::ranges::stable_sort(in_file_order, std::greater(), alignment);

  std::vector<SafetensorsEntry> entries;
  for (const auto* named_tensor : in_file_order) {
    const auto& [name, tensor] = *named_tensor;
    entries.push_back({.name = name, .dtype = tensor.scalar_type(), .shape = tensor.sizes().vec()});
  }
  SafetensorsWriter writer(path, std::move(entries), metadata);
  for (const auto* named_tensor : in_file_order) writer.write(named_tensor->second);
  writer.commit();
}

}  // namespace dali
