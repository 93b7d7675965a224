// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/tensor_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <stdexcept>
#include <utility>

#include "model/base/in_quotes.h"

namespace dali {

at::ScalarType scalar_type_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat64:
      return at::kDouble;
    case ElementType::kFloat32:
      return at::kFloat;
    case ElementType::kFloat16:
      return at::kHalf;
    case ElementType::kBFloat16:
      return at::kBFloat16;
    case ElementType::kInt64:
      return at::kLong;
    case ElementType::kInt32:
      return at::kInt;
    case ElementType::kInt16:
      return at::kShort;
    case ElementType::kInt8:
      return at::kChar;
    case ElementType::kUint8:
      return at::kByte;
    case ElementType::kBool:
      return at::kBool;
  }
  throw std::logic_error("scalar_type_of: no such element type");
}

TensorFile::TensorFile(std::filesystem::path path, std::shared_ptr<const MappedFile> mapping,
                       StoredTensorMap stored, TensorFileMetadata metadata)
    : path_(std::move(path)),
      mapping_(std::move(mapping)),
      stored_(std::move(stored)),
      metadata_(std::move(metadata)) {}

std::vector<std::string> TensorFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, stored] : stored_) names.push_back(name);
  return names;
}

bool TensorFile::contains(std::string_view name) const {
  return stored_.find(name) != stored_.end();
}

at::Tensor TensorFile::tensor(std::string_view name) const {
  const auto found = stored_.find(name);
  if (found == stored_.end()) {
    throw std::runtime_error(path_.string() + ": there is no tensor " + in_quotes(name));
  }
  const StoredTensor& stored = found->second;
  const at::ScalarType dtype = scalar_type_of(stored.type);
  if (*element_count(stored.shape) == 0) return at::empty(stored.shape, dtype);

  // The mapping starts on a page, so the offset alone decides.
  char* bytes = mapping_->bytes() + stored.begin;
  const auto element_bytes = static_cast<std::int64_t>(bytes_of(stored.type));
  if (stored.begin % bytes_of(stored.type) == 0) {
    return at::from_blob(
        bytes, stored.shape, stored.strides, [keep_mapped = mapping_](void*) {}, dtype);
  }
  // Bytes are aligned everywhere: one more axis of them, copied, becomes the elements.
  std::vector<std::int64_t> byte_shape = stored.shape;
  std::vector<std::int64_t> byte_strides = stored.strides;
  for (auto& stride : byte_strides) stride *= element_bytes;
  byte_shape.push_back(element_bytes);
  byte_strides.push_back(1);
  return at::from_blob(bytes, byte_shape, byte_strides, at::kByte)
      .contiguous()
      .clone()
      .view(dtype)
      .reshape(stored.shape);
}

TensorMap TensorFile::tensors() const {
  TensorMap tensors;
  for (const auto& [name, stored] : stored_) tensors.emplace(name, tensor(name));
  return tensors;
}

}  // namespace dali
