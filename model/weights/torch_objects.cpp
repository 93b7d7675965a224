// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/torch_objects.h"

#include <array>
#include <cstddef>
#include <string>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

using Kind = PickleName::Kind;

struct KnownName {
  std::string_view module;
  std::string_view name;
  PickleName meaning;
};

constexpr std::array<KnownName, 3> kKnownNames = {{
    {"collections", "OrderedDict", {.kind = Kind::kOrderedDict}},
    {"torch._utils", "_rebuild_tensor_v2", {.kind = Kind::kRebuildTensor}},
    {"torch._utils", "_rebuild_parameter", {.kind = Kind::kRebuildParameter}},
}};

template <typename Kind>
const Kind& expect(const PickleValue& value, const char* what) {
  if (const Kind* content = value.as<Kind>()) return *content;
  throw PickleError(std::string("pickle has no ") + what + " where one belongs");
}

std::vector<std::int64_t> sizes_of(const PickleValue& value, const char* what) {
  std::vector<std::int64_t> sizes;
  const PickleTuple& tuple = expect<PickleTuple>(value, what);
  if (tuple.items.size() > kMostAxes) throw PickleError("pickle has a tensor of too many axes");
  for (const PickleValue* item : tuple.items) {
    const std::int64_t size = expect<std::int64_t>(*item, what);
    if (size < 0) throw PickleError(std::string("pickle has a ") + what + " below 0");
    sizes.push_back(size);
  }
  return sizes;
}

bool is_inside_storage(const PickleTensor& tensor) {
  const auto count = element_count(tensor.shape);
  if (!count) return false;
  if (*count == 0) return tensor.offset <= tensor.storage.elements;
  // Also when strides of 0 repeat elements: what a tensor needs when copied stays within the file.
  if (*count > tensor.storage.elements) return false;
  std::int64_t last = tensor.offset;
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.shape[axis] - 1, tensor.strides[axis], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return false;
    }
  }
  return last < tensor.storage.elements;
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata)
PickleTensor rebuilt_tensor(const PickleTuple& arguments) {
  if (arguments.items.size() < 6 || arguments.items.size() > 7) {
    throw PickleError("pickle has a tensor with " + std::to_string(arguments.items.size()) +
                      " arguments");
  }
  PickleTensor tensor;
  tensor.storage = expect<PickleStorage>(*arguments.items[0], "tensor's storage");
  tensor.offset = expect<std::int64_t>(*arguments.items[1], "tensor's offset");
  tensor.shape = sizes_of(*arguments.items[2], "tensor's size");
  tensor.strides = sizes_of(*arguments.items[3], "tensor's stride");
  if (tensor.offset < 0 || tensor.strides.size() != tensor.shape.size() ||
      !is_inside_storage(tensor)) {
    throw PickleError("pickle has a tensor that reaches beyond its storage " +
                      in_quotes(tensor.storage.key) + " of " +
                      std::to_string(tensor.storage.elements) + " elements");
  }
  return tensor;
}

}  // namespace

std::optional<PickleName> known_pickle_name(std::string_view module, std::string_view name) {
  for (const KnownName& known : kKnownNames) {
    if (known.module == module && known.name == name) return known.meaning;
  }
  for (const StorageClass& known : kStorageClasses) {
    if (module == "torch" && known.name == name) return PickleName{Kind::kStorage, known.type};
  }
  return std::nullopt;
}

PickleStorage storage_of(const PickleValue& persistent_id) {
  const PickleTuple& parts = expect<PickleTuple>(persistent_id, "persistent id");
  const bool is_storage = parts.items.size() == 5 &&
                          parts.items[0]->as<std::string_view>() != nullptr &&
                          *parts.items[0]->as<std::string_view>() == "storage";
  if (!is_storage) throw PickleError("pickle refers to something beside it that is no storage");
  const PickleName& name = expect<PickleName>(*parts.items[1], "storage's class");
  PickleStorage storage;
  storage.type = name.element_type;
  storage.key = expect<std::string_view>(*parts.items[2], "storage's key");
  storage.elements = expect<std::int64_t>(*parts.items[4], "storage's size");
  if (name.kind != Kind::kStorage || storage.elements < 0) {
    throw PickleError("pickle has a storage that is none");
  }
  return storage;
}

PickleValue called(const PickleName& name, const PickleTuple& arguments) {
  switch (name.kind) {
    case Kind::kOrderedDict:
      if (!arguments.items.empty()) throw PickleError("pickle has an OrderedDict with arguments");
      return {PickleDict{}};
    case Kind::kRebuildTensor:
      return {rebuilt_tensor(arguments)};
    case Kind::kRebuildParameter:
      // _rebuild_parameter(data, requires_grad, backward_hooks): the tensor that it wraps.
      if (arguments.items.size() != 3) throw PickleError("pickle has a malformed parameter");
      return {expect<PickleTensor>(*arguments.items[0], "parameter's tensor")};
    case Kind::kStorage:
      break;
  }
  throw PickleError("pickle calls a storage's class, which torch.save() never does");
}

}  // namespace dali
