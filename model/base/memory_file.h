// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

#include "model/base/file_descriptor.h"

namespace dali {

// A file in memory, for readers that open what they read by its path. They may, as often as they
// like, for as long as this is there. One thread at a time. Every failure throws FileError.
class MemoryFile {
 public:
  // `origin`: where its contents come from, which failures name.
  explicit MemoryFile(std::filesystem::path origin);

  // Goes on behind what was written before.
  void write(std::string_view bytes);

  std::filesystem::path path() const;

 private:
  std::filesystem::path origin_;
  FileDescriptor file_;
};

}  // namespace dali
