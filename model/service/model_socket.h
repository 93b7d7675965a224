// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a model is served: a Unix stream socket with a name in the file system.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "model/base/file_descriptor.h"

namespace dali {

// A socket that listens at a path until this goes, and is then removed. Only the user that made it
// may connect. A socket that is there already and that nobody listens at, as one that was killed
// leaves it, is replaced; anything else that is there stays. Throws FileError naming the path.
class ListeningSocket {
 public:
  explicit ListeningSocket(const std::filesystem::path& path);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int descriptor() const { return socket_.get(); }  // borrowed

 private:
  std::filesystem::path path_;  // absolute: the working directory may change
  FileDescriptor socket_;
  dev_t device_ = 0;  // of what was made at the path
  ino_t inode_ = 0;
};

// Connects to what listens there. Throws CaptionError naming the path.
FileDescriptor connected_socket(const std::filesystem::path& path);

}  // namespace dali
