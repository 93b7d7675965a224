// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/model_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "model/base/file_replacement.h"
#include "model/captioner/caption_engine.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr int kMostUnanswered = 128;  // connections that may wait to be accepted

// A path as bind() and connect() take it: 107 bytes at most. A longer one goes by its folder, which
// has a short name while it is open.
class SocketAddress {
 public:
  // Throws std::system_error.
  explicit SocketAddress(const fs::path& path) {
    address_.sun_family = AF_UNIX;
    std::string name = path.native();
    if (name.size() >= sizeof(address_.sun_path)) {
      const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
      folder_ = FileDescriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!folder_.is_open()) throw std::system_error(errno, std::generic_category());
      name = "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + path.filename().native();
    }
    if (name.size() >= sizeof(address_.sun_path)) {
      throw std::system_error(ENAMETOOLONG, std::generic_category());
    }
    std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
  }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_ = {};
  FileDescriptor folder_;
};

FileDescriptor stream_socket(int flags = 0) {
  FileDescriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!made.is_open()) throw std::system_error(errno, std::generic_category());
  return made;
}

// 0, or what connect() says.
int connection_error(const FileDescriptor& socket, const SocketAddress& address) {
  int result = -1;
  do {
    result = ::connect(socket.get(), address.get(), SocketAddress::size());
  } while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  throw FileError(path, "no model can be served there: " +
                            std::error_code(error, std::generic_category()).message());
}

// Two that begin at once would each find nobody listening and remove the other's socket. The lock
// lies on the folder, where it leaves no file behind; a file system without locks has none.
FileDescriptor locked_folder_of(const fs::path& path) {
  FileDescriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) static_cast<void>(::flock(folder.get(), LOCK_EX));
  return folder;
}

}  // namespace

ListeningSocket::ListeningSocket(const fs::path& path) {
  try {
    path_ = fs::absolute(path);
    socket_ = stream_socket();
    // Before there is a name for it, so that nobody else ever could connect.
    if (::fchmod(socket_.get(), S_IRUSR | S_IWUSR) != 0) refuse(path, errno);
    const SocketAddress address(path_);
    const FileDescriptor lock = locked_folder_of(path_);
    if (fs::is_socket(fs::symlink_status(path_))) {
      // A queue that is full has an owner as well, for whom nobody waits here.
      const int error = connection_error(stream_socket(SOCK_NONBLOCK), address);
      if (error == 0 || error == EAGAIN) throw FileError(path, "another model is served there");
      if (error != ECONNREFUSED) refuse(path, error);
      if (::unlink(path_.c_str()) != 0) refuse(path, errno);
    }
    if (::bind(socket_.get(), address.get(), SocketAddress::size()) != 0) {
      if (errno == EADDRINUSE) throw FileError(path, "something else than a socket is there");
      refuse(path, errno);
    }
    struct stat made = {};
    if (::listen(socket_.get(), kMostUnanswered) != 0 || ::lstat(path_.c_str(), &made) != 0) {
      const int error = errno;
      ::unlink(path_.c_str());
      refuse(path, error);
    }
    device_ = made.st_dev;
    inode_ = made.st_ino;
  } catch (const std::system_error& error) {  // of the system or of a file system, which is one too
    refuse(path, error.code().value());
  }
}

ListeningSocket::~ListeningSocket() {
  // Whoever removed it may have put something else there.
  struct stat there = {};
  if (::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

FileDescriptor connected_socket(const fs::path& path) {
  try {
    FileDescriptor socket = stream_socket();
    const int error = connection_error(socket, SocketAddress(path));
    if (error == ECONNREFUSED) throw CaptionError(path.string() + ": no model is served there now");
    if (error != 0) throw std::system_error(error, std::generic_category());
    return socket;
  } catch (const std::system_error& error) {
    throw CaptionError(path.string() +
                       ": no model can be reached there: " + error.code().message());
  }
}

}  // namespace dali
