// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/torch_archive.h"

#include <stdexcept>
#include <string_view>

#include "model/base/in_quotes.h"
#include "model/weights/pickle_reader.h"
#include "model/weights/zip_archive.h"

namespace dali {
namespace {

[[noreturn]] void refuse_archive(const std::string& source, const std::string& reason) {
  throw std::runtime_error(source + ": " + reason);
}

// Torch before 1.6 wrote pickles one after the other, the first of them a magic number; very early
// versions wrote a tar archive.
bool is_of_older_format(std::string_view file) {
  constexpr std::string_view kMagicNumber(
      "\x80\x02\x8a\x0al\xfc\x9c"
      "F\xf9 j\xa8P\x19.",
      15);
  constexpr std::size_t kTarMagicBegin = 257;
  return file.starts_with(kMagicNumber) ||
         (file.size() > kTarMagicBegin && file.substr(kTarMagicBegin).starts_with("ustar"));
}

// All members lie in one folder, whose name is the archive's own.
std::string folder_of_pickle(const ZipArchive& archive, const std::string& source) {
  constexpr std::string_view kPickle = "data.pkl";
  std::string folder;
  for (const ZipMember& member : archive.members()) {
    const std::size_t slash = member.name.find('/');
    if (slash == std::string_view::npos || member.name.substr(slash + 1) != kPickle) continue;
    if (!folder.empty()) refuse_archive(source, "holds two pickles");
    folder = member.name.substr(0, slash + 1);
  }
  if (folder.empty()) refuse_archive(source, "a zip file without data.pkl: not of torch.save()");
  if (archive.find(folder + "constants.pkl") != nullptr) {
    refuse_archive(source, "a TorchScript program, not a checkpoint");
  }
  return folder;
}

void check_byte_order(std::span<const char> file, const ZipMember* member,
                      const std::string& source) {
  if (member == nullptr) return;  // torch before 2.1, on a little-endian machine as they all are
  const std::string_view order(file.data() + member->begin, member->size_bytes);
  if (order != "little") {
    refuse_archive(source, "its numbers are in byte order " + in_quotes(order));
  }
}

// The dictionary's value under `key`; the last one, as in Python.
const PickleValue* value_under(const PickleDict& dictionary, std::string_view key) {
  const PickleValue* value = nullptr;
  for (const auto& [item_key, item_value] : dictionary.items) {
    const auto* text = item_key->as<std::string_view>();
    if (text != nullptr && *text == key) value = item_value;
  }
  return value;
}

const PickleDict& state_dict_in(const PickleDocument& document, const std::string& source) {
  const auto* root = document.root->as<PickleDict>();
  if (root == nullptr) refuse_archive(source, "holds no dictionary of tensors");
  const PickleDict* inner = nullptr;
  for (const char* key : {"state_dict", "model"}) {
    const PickleValue* value = value_under(*root, key);
    const auto* dictionary = value == nullptr ? nullptr : value->as<PickleDict>();
    if (dictionary == nullptr) continue;
    if (inner != nullptr) refuse_archive(source, "holds both a 'state_dict' and a 'model'");
    inner = dictionary;
  }
  return inner == nullptr ? *root : *inner;
}

class TorchArchiveReader {
 public:
  TorchArchiveReader(std::span<const char> file, const std::string& source)
      : file_(file),
        source_(source),
        archive_(ZipArchive::read(file, source)),
        folder_(folder_of_pickle(archive_, source)) {
    check_byte_order(file, archive_.find(folder_ + "byteorder"), source);
  }

  StoredTensorMap tensors() const {
    const ZipMember& pickle = *archive_.find(folder_ + "data.pkl");
    const PickleDocument document =
        read_pickle(file_.subspan(pickle.begin, pickle.size_bytes), source_);
    StoredTensorMap tensors;
    for (const auto& [key, value] : state_dict_in(document, source_).items) {
      const auto* name = key->as<std::string_view>();
      const auto* tensor = value->as<PickleTensor>();
      if (tensor == nullptr) continue;
      if (name == nullptr) refuse_archive(source_, "holds a tensor whose name is no text");
      const bool is_new = tensors.emplace(*name, stored(std::string(*name), *tensor)).second;
      if (!is_new) {
        refuse_archive(source_, "tensor " + in_quotes(*name) + " stands in the file twice");
      }
    }
    if (tensors.empty()) refuse_archive(source_, "holds no tensor by name");
    return tensors;
  }

 private:
  StoredTensor stored(const std::string& name, const PickleTensor& tensor) const {
    const ZipMember* member = archive_.find(folder_ + "data/" + std::string(tensor.storage.key));
    const std::size_t element_bytes = bytes_of(tensor.storage.type);
    if (member == nullptr) {
      refuse_archive(source_, "tensor " + in_quotes(name) + " has no data: there is no member " +
                                  in_quotes(tensor.storage.key));
    }
    if (static_cast<std::uint64_t>(tensor.storage.elements) > member->size_bytes / element_bytes) {
      refuse_archive(source_, "tensor " + in_quotes(name) + " should lie in " +
                                  std::to_string(tensor.storage.elements) + " elements of " +
                                  std::to_string(element_bytes) + " bytes, but zip member " +
                                  in_quotes(member->name) + " has " +
                                  std::to_string(member->size_bytes) + " bytes");
    }
    return {.type = tensor.storage.type,
            .shape = tensor.shape,
            .strides = tensor.strides,
            .begin = member->begin + static_cast<std::size_t>(tensor.offset) * element_bytes};
  }

  std::span<const char> file_;
  const std::string& source_;
  ZipArchive archive_;
  std::string folder_;
};

}  // namespace

StoredTensorMap read_torch_archive(std::span<const char> file, const std::string& source) {
  const std::string_view text(file.data(), file.size());
  if (is_of_older_format(text)) {
    refuse_archive(
        source,
        "in torch's format from before 1.6, which is not read; convert it with python3 -c "
        "\"import torch; torch.save(torch.load('OLD', map_location='cpu'), 'NEW')\"");
  }
  if (text.starts_with("version https://git-lfs")) {
    refuse_archive(source,
                   "a pointer of Git LFS: the file itself was not downloaded (git lfs pull)");
  }
  return TorchArchiveReader(file, source).tensors();
}

}  // namespace dali
