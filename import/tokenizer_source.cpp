// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/tokenizer_source.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "import/tokenizer_json.h"
#include "model/base/file_replacement.h"
#include "model/weights/strict_json.h"

namespace dali {

TokenizerSource::TokenizerSource(const std::filesystem::path& file) : path_(file) {
  if (file.extension() != ".json") return;
  const std::string model = sentencepiece_model_of(read_strict_json(file), file.string());
  descriptor_ = ::memfd_create("tokenizer.model", MFD_CLOEXEC);
  if (descriptor_ < 0) throw FileError(file, errno);
  for (std::string_view rest = model; !rest.empty();) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0) {
      const int error = errno;
      ::close(descriptor_);
      throw FileError(file, error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

TokenizerSource::~TokenizerSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace dali
