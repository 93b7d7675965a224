// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/model_shards.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "model/base/file_replacement.h"
#include "model/weights/model_config_json.h"
#include "model/weights/safetensors_writer.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestTokenizerBytes = std::size_t{64} << 20;
constexpr std::int64_t kRoomForTheRest = 1 << 20;  // configuration, index, headers

std::string gigabytes(std::uintmax_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

// Only of tensors with integers.
QuantisedLayout layout_of(const ModelTensor& tensor) {
  return {.format = *tensor.integers, .outputs = tensor.shape[0], .inputs = tensor.shape[1]};
}

std::vector<SafetensorsEntry> entries_of(const ModelTensor& tensor) {
  if (!tensor.integers)
    return {{.name = tensor.name, .dtype = tensor.dtype, .shape = tensor.shape}};
  const QuantisedLayout layout = layout_of(tensor);
  return {
      {.name = codes_name(tensor.name), .dtype = at::kByte, .shape = codes_shape(layout)},
      {.name = scales_name(tensor.name), .dtype = at::kBFloat16, .shape = scales_shape(layout)}};
}

// The tensors for entries_of(tensor), in their order.
std::vector<at::Tensor> read_entries(const ModelTensor& tensor, const ReadTensor& read) {
  if (!tensor.integers) return {read(tensor.name, tensor.dtype)};
  const QuantisedTensors matrix = quantised(read(tensor.name, at::kFloat), *tensor.integers);
  return {matrix.codes, matrix.scales};
}

using Shard = std::vector<ModelTensor>;

// Inside a shard matrices of integers come first, and then the widest elements: so all are aligned.
std::vector<Shard> shards_of(const std::vector<ModelTensor>& tensors,
                             std::int64_t largest_shard_bytes) {
  std::vector<Shard> shards = in_shards(
      tensors, largest_shard_bytes, [](const ModelTensor& tensor) { return tensor.size_bytes(); });
  for (Shard& shard : shards) {
    std::ranges::stable_sort(shard, std::greater(), [](const ModelTensor& tensor) {
      return std::pair(tensor.integers.has_value(), c10::elementSize(tensor.dtype));
    });
  }
  return shards;
}

void write_shard(const fs::path& path, const Shard& shard, const ReadTensor& read,
                 const std::function<void()>& after_tensor) {
  std::vector<SafetensorsEntry> entries;
  std::map<WeightFormat, int> formats;
  for (const ModelTensor& tensor : shard) {
    for (SafetensorsEntry& entry : entries_of(tensor)) entries.push_back(std::move(entry));
    if (tensor.integers) ++formats[*tensor.integers];
  }
  SafetensorsMetadata metadata = quantisation_metadata(formats);
  metadata["format"] = "pt";
  SafetensorsWriter writer(path, std::move(entries), metadata);
  for (const ModelTensor& tensor : shard) {
    for (const at::Tensor& numbers : read_entries(tensor, read)) writer.write(numbers);
    after_tensor();
  }
  writer.commit();
}

}  // namespace

std::int64_t ModelTensor::element_count() const {
  return c10::multiply_integers(shape);
}

std::int64_t ModelTensor::size_bytes() const {
  std::int64_t bytes = 0;
  for (const SafetensorsEntry& entry : entries_of(*this)) {
    bytes += static_cast<std::int64_t>(entry.size_bytes());
  }
  return bytes;
}

std::int64_t element_count(const std::vector<ModelTensor>& tensors) {
  std::int64_t count = 0;
  for (const ModelTensor& tensor : tensors) count += tensor.element_count();
  return count;
}

std::int64_t size_bytes(const std::vector<ModelTensor>& tensors) {
  std::int64_t bytes = 0;
  for (const ModelTensor& tensor : tensors) bytes += tensor.size_bytes();
  return bytes;
}

std::string formats_text(const std::vector<ModelTensor>& tensors) {
  const std::map<at::ScalarType, std::string> dtype_names = {{at::kBFloat16, "bfloat16"},
                                                             {at::kHalf, "float16"},
                                                             {at::kFloat, "float32"},
                                                             {at::kDouble, "float64"}};
  std::set<std::string> dtypes;
  std::set<std::string> formats;
  for (const ModelTensor& tensor : tensors) {
    if (tensor.integers) {
      formats.emplace(to_string(*tensor.integers));
    } else {
      dtypes.insert(dtype_names.at(tensor.dtype));
    }
  }
  std::vector<std::string> names(formats.begin(), formats.end());
  names.insert(names.end(), dtypes.begin(), dtypes.end());
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

void write_shards(const fs::path& directory, const std::vector<ModelTensor>& tensors,
                  std::int64_t largest_shard_bytes, const ReadTensor& read,
                  const std::function<void()>& after_tensor) {
  const std::vector<Shard> shards = shards_of(tensors, largest_shard_bytes);
  json index = {{"metadata", {{"total_size", size_bytes(tensors)}}},
                {"weight_map", json::object()}};
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    const std::string file_name = shard_name("model", ".safetensors", shard, shards.size());
    for (const ModelTensor& tensor : shards[shard]) {
      for (const SafetensorsEntry& entry : entries_of(tensor)) {
        index["weight_map"][entry.name] = file_name;
      }
    }
    write_shard(directory / file_name, shards[shard], read, after_tensor);
  }
  if (shards.size() > 1) {
    replace_file(directory / "model.safetensors.index.json", index.dump(2) + "\n");
  }
}

TensorMap read_all(const std::vector<ModelTensor>& tensors, const ReadTensor& read,
                   const std::function<void()>& after_tensor) {
  TensorMap numbers;
  for (const ModelTensor& tensor : tensors) {
    const auto entries = entries_of(tensor);
    const auto read_tensors = read_entries(tensor, read);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      numbers.emplace(entries[i].name, read_tensors[i]);
    }
    after_tensor();
  }
  return numbers;
}

std::string shard_name(const std::string& stem, const std::string& ending, std::size_t index,
                       std::size_t count) {
  if (count == 1) return stem + ending;
  char numbers[48];
  std::snprintf(numbers, sizeof numbers, "-%05zu-of-%05zu", index + 1, count);
  return stem + numbers + ending;
}

void check_room(const fs::path& directory, std::int64_t bytes) {
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  const auto needed = static_cast<std::uintmax_t>(bytes + kRoomForTheRest);
  if (!error && space.available < needed) {
    throw std::runtime_error(directory.parent_path().string() + ": the model takes " +
                             gigabytes(needed) + ", and only " + gigabytes(space.available) +
                             " are free");
  }
}

void copy_tokenizer(const fs::path& tokenizer, const fs::path& directory) {
  replace_file(directory / "tokenizer.model", read_text_file(tokenizer, kLargestTokenizerBytes));
}

void write_tokenizer_and_config(const fs::path& directory, const fs::path& tokenizer,
                                const ModelConfig& config) {
  copy_tokenizer(tokenizer, directory);
  replace_file(directory / "config.json", model_config_to_json(config).dump(2) + "\n");
}

}  // namespace dali
