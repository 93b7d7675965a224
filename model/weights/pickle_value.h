// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/weights/stored_tensor.h"

namespace dali {

struct PickleValue;

struct PickleNone {};

struct PickleTuple {
  std::vector<const PickleValue*> items;
};

struct PickleList {
  std::vector<const PickleValue*> items;
};

// In the order of the file; a key may stand there again, and the later one counts.
struct PickleDict {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> items;
};

// A class or a function that a pickle names, out of the few that are known.
struct PickleName {
  enum class Kind { kOrderedDict, kStorage, kRebuildTensor, kRebuildParameter };
  Kind kind = Kind::kOrderedDict;
  ElementType element_type = ElementType::kFloat32;  // of a kStorage
};

// Numbers that lie beside the pickle, in a file of their own.
struct PickleStorage {
  ElementType type = ElementType::kFloat32;
  std::string_view key;  // that file's name
  std::int64_t elements = 0;
};

// A view of a storage: every element of it is inside.
struct PickleTensor {
  PickleStorage storage;
  std::int64_t offset = 0;  // of the first element, in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements
};

// One of Python's values. Text and bytes, which look alike here, are borrowed from the file. Values
// refer to each other freely, also in circles; PickleDocument owns them all.
struct PickleValue {
  std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleTuple, PickleList,
               PickleDict, PickleName, PickleStorage, PickleTensor>
      content;

  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&content);
  }
};

}  // namespace dali
