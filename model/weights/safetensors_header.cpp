// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "model/base/in_quotes.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are used as they lie on disk");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLongestHeaderBytes = 100'000'000;  // as the format's own reader has it

[[noreturn]] void refuse_header(const std::string& source, const std::string& reason) {
  throw std::runtime_error(source + ": " + reason);
}

[[noreturn]] void refuse_tensor(const std::string& source, std::string_view name,
                                const std::string& reason) {
  refuse_header(source, "tensor " + in_quotes(name) + " " + reason);
}

std::optional<ElementType> element_type_named(std::string_view name) {
  constexpr std::pair<std::string_view, ElementType> kTypes[] = {
      {"F64", ElementType::kFloat64}, {"F32", ElementType::kFloat32},
      {"F16", ElementType::kFloat16}, {"BF16", ElementType::kBFloat16},
      {"I64", ElementType::kInt64},   {"I32", ElementType::kInt32},
      {"I16", ElementType::kInt16},   {"I8", ElementType::kInt8},
      {"U8", ElementType::kUint8},    {"BOOL", ElementType::kBool}};
  for (const auto& [type_name, type] : kTypes) {
    if (type_name == name) return type;
  }
  return std::nullopt;
}

// JSON's integers arrive signed or unsigned; anything else, and what is below 0, is nothing.
std::optional<std::int64_t> non_negative_integer(const nlohmann::json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  return number < 0 ? std::nullopt : std::optional(number);
}

std::optional<std::vector<std::int64_t>> non_negative_integers(const nlohmann::json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const auto& element : value) {
    const auto number = non_negative_integer(element);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

SafetensorsMetadata read_metadata(const std::string& source, const nlohmann::json& description) {
  if (!description.is_object()) refuse_header(source, "__metadata__ is not a JSON object");
  SafetensorsMetadata metadata;
  for (const auto& [key, value] : description.items()) {
    if (!value.is_string()) {
      refuse_header(source, "metadata " + in_quotes(key) + " is not a string");
    }
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

const nlohmann::json& field(const std::string& source, std::string_view tensor_name,
                            const nlohmann::json& description, const char* key) {
  const auto found = description.find(key);
  if (found == description.end()) {
    refuse_tensor(source, tensor_name, "has no " + in_quotes(key));
  }
  return *found;
}

// `description` is the header's of tensor `name`; the data follow the header at `data_begin`.
StoredTensor read_tensor(const std::string& source, const std::string& name,
                         const nlohmann::json& description, std::size_t data_begin,
                         std::size_t data_bytes) {
  if (!description.is_object()) refuse_tensor(source, name, "is not described by a JSON object");
  const auto& type_name = field(source, name, description, "dtype");
  const auto type =
      type_name.is_string() ? element_type_named(type_name.get<std::string>()) : std::nullopt;
  if (!type) refuse_tensor(source, name, "has an unknown dtype " + in_quotes(type_name.dump()));
  auto shape = non_negative_integers(field(source, name, description, "shape"));
  if (!shape || shape->size() > kMostAxes) {
    refuse_tensor(source, name, "has a shape that is not a list of sizes");
  }
  const auto offsets = non_negative_integers(field(source, name, description, "data_offsets"));
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
    refuse_tensor(source, name, "has data_offsets that are not [begin, end]");
  }
  const auto begin = static_cast<std::size_t>((*offsets)[0]);
  const auto end = static_cast<std::size_t>((*offsets)[1]);
  if (end > data_bytes) {
    refuse_tensor(source, name,
                  "ends at byte " + std::to_string(end) + " of the data, which has " +
                      std::to_string(data_bytes) + ": file cut short?");
  }
  const auto count = element_count(*shape);
  const std::size_t bytes = end - begin;
  if (!count || bytes % bytes_of(*type) != 0 ||
      static_cast<std::size_t>(*count) != bytes / bytes_of(*type)) {
    refuse_tensor(source, name,
                  "has a shape that does not fill its " + std::to_string(bytes) + " bytes exactly");
  }
  auto strides = row_major_strides(*shape);
  return {*type, std::move(*shape), std::move(strides), data_begin + begin};
}

// In the order of their bytes, each tensor starts where the one before it ends.
void check_layout(const std::string& source, const StoredTensorMap& tensors, std::size_t data_begin,
                  std::size_t file_bytes) {
  struct Extent {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view name;
  };
  std::vector<Extent> in_file_order;
  for (const auto& [name, tensor] : tensors) {
    const auto bytes =
        static_cast<std::size_t>(*element_count(tensor.shape)) * bytes_of(tensor.type);
    in_file_order.push_back({tensor.begin, tensor.begin + bytes, name});
  }
  std::ranges::sort(in_file_order, {},
                    [](const Extent& extent) { return std::pair(extent.begin, extent.end); });
  std::size_t used_end = data_begin;
  for (const Extent& extent : in_file_order) {
    if (extent.begin < used_end) refuse_tensor(source, extent.name, "overlaps the one before it");
    if (extent.begin > used_end) refuse_tensor(source, extent.name, "has a hole before it");
    used_end = extent.end;
  }
  if (used_end != file_bytes) {
    refuse_header(source,
                  std::to_string(file_bytes - used_end) + " bytes at the end belong to no tensor");
  }
}

}  // namespace

SafetensorsHeader read_safetensors_header(std::span<const char> file, const std::string& source) {
  if (file.size() < kLengthBytes) refuse_header(source, "too short to be a safetensors file");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  if (header_bytes > file.size() - kLengthBytes) {
    refuse_header(source, "header of " + std::to_string(header_bytes) +
                              " bytes reaches beyond the file's " + std::to_string(file.size()));
  }
  if (header_bytes > kLongestHeaderBytes) refuse_header(source, "header is longer than 100 MB");
  const std::size_t data_begin = kLengthBytes + header_bytes;
  const auto json = parse_strict_json({file.data() + kLengthBytes, header_bytes}, source);
  if (!json.is_object()) refuse_header(source, "header is not a JSON object");

  SafetensorsHeader header;
  for (const auto& [name, description] : json.items()) {
    if (name == "__metadata__") {
      header.metadata = read_metadata(source, description);
    } else {
      header.tensors.emplace(
          name, read_tensor(source, name, description, data_begin, file.size() - data_begin));
    }
  }
  check_layout(source, header.tensors, data_begin, file.size());
  return header;
}

}  // namespace dali
