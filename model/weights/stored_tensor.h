// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dali {

// What files hold, in their own words: without LibTorch, so that the readers of file formats can be
// tested with millions of files a minute.
enum class ElementType {
  kFloat64,
  kFloat32,
  kFloat16,
  kBFloat16,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUint8,
  kBool
};

std::size_t bytes_of(ElementType type);

// No network stores tensors of more axes.
inline constexpr std::size_t kMostAxes = 8;

// Where a tensor lies in a file. Whoever fills one has checked that every element is inside.
struct StoredTensor {
  ElementType type = ElementType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements, one an axis
  std::size_t begin = 0;              // the first element, in bytes from the start of the file
};

using StoredTensorMap = std::map<std::string, StoredTensor, std::less<>>;

// What a file says of itself in words, beside its tensors.
using TensorFileMetadata = std::map<std::string, std::string>;

// Nothing when 63 bits cannot count them, sizes of 0 left out. No size is negative.
std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape);

// Of a tensor without holes, whose last axis runs fastest. element_count(shape) must exist.
std::vector<std::int64_t> row_major_strides(const std::vector<std::int64_t>& shape);

}  // namespace dali
