// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "model/weights/tensor_file.h"
#include "tests/support/zip_file.h"

namespace dali {

// Writes a pickle of protocol 2, opcode by opcode.
class PickleText {
 public:
  PickleText& raw(std::string_view opcodes) {
    text_ += opcodes;
    return *this;
  }
  PickleText& text(std::string_view value) {
    text_ += 'X';
    append_number(text_, value.size(), 4);
    return raw(value);
  }
  PickleText& number(std::int64_t value) {
    text_ += "\x8a\x08";
    append_number(text_, static_cast<std::uint64_t>(value), 8);
    return *this;
  }
  PickleText& numbers(at::IntArrayRef values) {
    raw("(");
    for (const auto value : values) number(value);
    return raw("t");
  }
  PickleText& name(std::string_view module, std::string_view name) {
    return raw("c").raw(module).raw("\n").raw(name).raw("\n");
  }
  // A tensor as torch.save() has it, whose storage is member data/`key`.
  PickleText& tensor(std::string_view storage_class, std::string_view key, std::int64_t elements,
                     std::int64_t offset, at::IntArrayRef shape, at::IntArrayRef strides) {
    name("torch._utils", "_rebuild_tensor_v2").raw("((").text("storage");
    name("torch", storage_class).text(key).text("cpu").number(elements).raw("tQ");
    number(offset).numbers(shape).numbers(strides).raw("\x89");
    return name("collections", "OrderedDict").raw(")RtR");
  }
  std::string finished() const { return "\x80\x02" + text_ + "."; }

 private:
  std::string text_;
};

inline const char* storage_class_of(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "FloatStorage";
    case at::kHalf:
      return "HalfStorage";
    case at::kBFloat16:
      return "BFloat16Storage";
    case at::kLong:
      return "LongStorage";
    default:
      return "of no checkpoint in the tests";
  }
}

// A zip-format file of torch.save({name: tensor, ...}), each tensor in a storage of its own.
inline std::string torch_file(const TensorMap& tensors, ZipForm form = ZipForm::kPlain) {
  PickleText pickle;
  std::vector<ZipEntry> entries;
  pickle.raw("}(");
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor data = tensor.detach().contiguous();
    const std::string key = std::to_string(entries.size());
    pickle.text(name).tensor(storage_class_of(data.scalar_type()), key, data.numel(), 0,
                             data.sizes(), data.strides());
    entries.push_back({"archive/data/" + key,
                       std::string(static_cast<const char*>(data.data_ptr()), data.nbytes())});
  }
  pickle.raw("u");
  entries.insert(entries.begin(), {"archive/data.pkl", pickle.finished()});
  entries.push_back({"archive/version", "3\n"});
  return zip_file(entries, form);
}

}  // namespace dali
