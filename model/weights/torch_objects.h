// SPDX-License-Identifier: LGPL-2.1-or-later
// What torch.save() writes into a pickle beside plain values, by name: torch._utils rebuilds a
// tensor from a storage, and a storage is a persistent id. See torch/serialization.py.
#pragma once

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "model/weights/pickle_value.h"

namespace dali {

// What is wrong with a pickle, without the file's name.
struct PickleError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The classes of module "torch" whose objects hold a tensor's elements.
struct StorageClass {
  std::string_view name;
  ElementType type;
};
inline constexpr std::array<StorageClass, 10> kStorageClasses = {{
    {"DoubleStorage", ElementType::kFloat64},
    {"FloatStorage", ElementType::kFloat32},
    {"HalfStorage", ElementType::kFloat16},
    {"BFloat16Storage", ElementType::kBFloat16},
    {"LongStorage", ElementType::kInt64},
    {"IntStorage", ElementType::kInt32},
    {"ShortStorage", ElementType::kInt16},
    {"CharStorage", ElementType::kInt8},
    {"ByteStorage", ElementType::kUint8},
    {"BoolStorage", ElementType::kBool},
}};

// "torch.HalfStorage" is module "torch", name "HalfStorage". Nothing for what is not read.
std::optional<PickleName> known_pickle_name(std::string_view module, std::string_view name);

// The storage of a persistent id ("storage", class, key, device, elements). Throws PickleError.
PickleStorage storage_of(const PickleValue& persistent_id);

// What the call of `name` returns. Throws PickleError when the arguments do not fit it, or when a
// tensor's elements are not all in its storage.
PickleValue called(const PickleName& name, const PickleTuple& arguments);

}  // namespace dali
