// SPDX-License-Identifier: LGPL-2.1-or-later
// The counterpart of torch_archive.cpp. What a state dict's pickle consists of stands in
// torch/serialization.py and torch/_utils.py.
#include "model/weights/torch_writer.h"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "model/base/in_quotes.h"
#include "model/weights/pickle_bytes.h"
#include "model/weights/stored_tensor.h"
#include "model/weights/tensor_file.h"
#include "model/weights/torch_objects.h"

namespace dali {
namespace {

std::string_view storage_class_of(const std::filesystem::path& path,
                                  const SafetensorsEntry& entry) {
  for (const StorageClass& known : kStorageClasses) {
    if (scalar_type_of(known.type) == entry.dtype) return known.name;
  }
  throw std::runtime_error(path.string() + ": tensor " + in_quotes(entry.name) +
                           " has a dtype that no torch file holds: " + c10::toString(entry.dtype));
}

// A pickle of protocol 2, of the opcodes that torch itself uses for tensors and no others: also a
// reader that knows nothing else takes it.
class PickleWriter {
 public:
  PickleWriter() { code(kProto).bytes("\x02"); }

  PickleWriter& code(PickleOpcode opcode) {
    text_ += static_cast<char>(opcode);
    return *this;
  }
  PickleWriter& name(std::string_view module, std::string_view name) {
    return code(kGlobal).bytes(module).bytes("\n").bytes(name).bytes("\n");
  }
  PickleWriter& text(std::string_view value) {
    return code(kBinUnicode).little_endian(value.size(), 4).bytes(value);
  }
  PickleWriter& integer(std::int64_t value) {
    if (value >= 0 && value <= 0xff) return code(kBinInt1).little_endian(value, 1);
    if (value >= 0 && value <= 0xffff) return code(kBinInt2).little_endian(value, 2);
    if (value >= 0 && value <= 0x7fffffff) return code(kBinInt).little_endian(value, 4);
    return code(kLong1).bytes("\x08").little_endian(value, 8);
  }
  PickleWriter& integers(const std::vector<std::int64_t>& values) {
    code(kMark);
    for (const std::int64_t value : values) integer(value);
    return code(kTuple);
  }
  PickleWriter& empty_ordered_dict() {
    return name("collections", "OrderedDict").code(kEmptyTuple).code(kReduce);
  }

  const std::string& written() const { return text_; }

 private:
  PickleWriter& bytes(std::string_view value) {
    text_ += value;
    return *this;
  }
  template <typename Number>
  PickleWriter& little_endian(Number value, int count) {
    for (int i = 0; i < count; ++i) {
      text_ += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }
    return *this;
  }

  std::string text_;
};

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks), the storage
// being what the persistent id ("storage", class, key, device, elements) stands for.
void append_tensor(PickleWriter& pickle, const SafetensorsEntry& entry,
                   std::string_view storage_class, const std::string& key) {
  pickle.name("torch._utils", "_rebuild_tensor_v2").code(kMark);
  pickle.code(kMark).text("storage").name("torch", storage_class).text(key).text("cpu");
  pickle.integer(c10::multiply_integers(entry.shape)).code(kTuple).code(kBinPersId);
  pickle.integer(0).integers(entry.shape).integers(row_major_strides(entry.shape));
  pickle.code(kNewFalse).empty_ordered_dict();
  pickle.code(kTuple).code(kReduce);
}

std::string pickle_of(const std::filesystem::path& path,
                      const std::vector<SafetensorsEntry>& entries) {
  PickleWriter pickle;
  pickle.empty_ordered_dict().code(kMark);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    pickle.text(entries[i].name);
    append_tensor(pickle, entries[i], storage_class_of(path, entries[i]), std::to_string(i));
  }
  return pickle.code(kSetItems).code(kStop).written();
}

}  // namespace

TorchWriter::TorchWriter(const std::filesystem::path& path, std::vector<SafetensorsEntry> entries)
    : entries_(std::move(entries)), folder_(path.stem().string() + "/"), file_(path) {
  file_.add(folder_ + "data.pkl", pickle_of(path, entries_));
  file_.add(folder_ + "byteorder", std::string_view("little"));
}

void TorchWriter::write(const at::Tensor& tensor) {
  TORCH_CHECK(written_ < entries_.size(), "TorchWriter got more tensors than entries");
  const SafetensorsEntry& entry = entries_[written_];
  TORCH_CHECK(tensor.sizes() == at::IntArrayRef(entry.shape) && tensor.scalar_type() == entry.dtype,
              "TorchWriter wants ", entry.name, " as its entry states it, got ",
              tensor.scalar_type(), " ", tensor.sizes());
  const at::Tensor data = tensor.detach().cpu().contiguous();
  file_.add(folder_ + "data/" + std::to_string(written_),
            {static_cast<const char*>(data.data_ptr()), data.nbytes()});
  ++written_;
}

void TorchWriter::commit() {
  TORCH_CHECK(written_ == entries_.size(), "TorchWriter got fewer tensors than entries");
  file_.add(folder_ + "version", std::string_view("3\n"));
  file_.commit();
}

}  // namespace dali
