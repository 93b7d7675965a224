// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/shard_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStamp = "unpacked-from";
constexpr const char* kUnpackingLock = "lock";
constexpr const char* kUseLock = "in-use";

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw std::runtime_error(file.string() + ": " + reason);
}

// What tells the file from one that takes its place. The time of the last change cannot be set, as
// that of the last modification can.
std::string identity_of(const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) refuse(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) refuse(file, "is not a regular file, which a shard has to be");
  // What older versions made of the same file is made anew.
  constexpr const char* kReading = "read as of version 2, ";
  std::ostringstream text;
  text << kReading << status.st_size << " bytes, inode " << status.st_ino << ", modified "
       << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << ", changed "
       << status.st_ctim.tv_sec << '.' << status.st_ctim.tv_nsec;
  return text.str();
}

bool is_filled(const fs::path& folder, const std::string& identity) {
  std::ifstream stream(folder / kStamp);
  std::string line;
  return std::getline(stream, line) && line == identity;
}

// An open file that can be locked against other processes.
class LockFile {
 public:
  explicit LockFile(const fs::path& file)
      : descriptor_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {}
  LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~LockFile() {
    if (is_open()) ::close(descriptor_);
  }
  LockFile& operator=(LockFile&&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  // `operation` as of flock(). False when another process is in the way; a file system that has no
  // locks leaves each to itself.
  bool lock(int operation) const {
    while (::flock(descriptor_, operation) == -1) {
      if (errno == EWOULDBLOCK) return false;
      if (errno != EINTR) return true;
    }
    return true;
  }

 private:
  int descriptor_;
};

// The folders that this process uses: others keep their hands off them until it ends.
class FoldersInUse {
 public:
  // False when another process uses the folder as it is now.
  bool may_be_exchanged(const fs::path& folder) {
    const std::lock_guard lock(mutex_);
    const bool was_used_here = locks_.erase(folder) > 0;  // it would be in the way as well
    {
      const LockFile use(folder / kUseLock);
      if (!use.is_open() || use.lock(LOCK_EX | LOCK_NB)) return true;
    }
    if (was_used_here) keep(folder);
    return false;
  }

  void add(const fs::path& folder) {
    const std::lock_guard lock(mutex_);
    keep(folder);
  }

  static FoldersInUse& of_this_process() {
    static FoldersInUse folders;
    return folders;
  }

 private:
  void keep(const fs::path& folder) {  // with mutex_ held
    LockFile use(folder / kUseLock);
    if (use.is_open() && use.lock(LOCK_SH)) locks_.try_emplace(folder, std::move(use));
  }

  std::mutex mutex_;
  std::map<fs::path, LockFile> locks_;  // mutex_
};

void empty(const fs::path& folder) {
  fs::remove(folder / kStamp);  // first: what is half removed is not filled
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename();
    if (name != kUnpackingLock && name != kUseLock) fs::remove_all(entry.path());
  }
}

void fill(const fs::path& file, const fs::path& folder, const std::string& identity,
          const std::function<void(const fs::path& folder)>& unpack) {
  empty(folder);
  unpack(folder);
  if (identity_of(file) != identity) refuse(file, "was changed while it was unpacked");
  replace_file(folder / kStamp, identity + '\n', Sync::kLater);
}

// A folder that somebody has made for something else is left alone.
bool is_of_shards(const fs::path& folder) {
  return !fs::exists(folder) || fs::exists(folder / kUnpackingLock) ||
         fs::exists(folder / kStamp) || fs::is_empty(folder);
}

enum class Outcome { kFilled, kNotWritable, kInUse };

Outcome try_folder(const fs::path& file, const fs::path& folder, const std::string& identity,
                   const std::function<void(const fs::path& folder)>& unpack) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored) && !is_of_shards(folder)) return Outcome::kNotWritable;
  fs::create_directories(folder, ignored);
  const LockFile lock(folder / kUnpackingLock);
  if (!lock.is_open()) {
    return is_filled(folder, identity) ? Outcome::kFilled : Outcome::kNotWritable;
  }
  lock.lock(LOCK_EX);
  auto& in_use = FoldersInUse::of_this_process();
  if (!is_filled(folder, identity)) {
    if (!in_use.may_be_exchanged(folder)) return Outcome::kInUse;
    fill(file, folder, identity, unpack);
  }
  in_use.add(folder);
  return Outcome::kFilled;
}

std::optional<fs::path> users_cache() {
  const auto folder_in = [](const char* variable) -> std::optional<fs::path> {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value != '/') return std::nullopt;
    return fs::path(value);
  };
  if (const auto cache = folder_in("XDG_CACHE_HOME")) return *cache / "gst-dali" / "shards";
  if (const auto home = folder_in("HOME")) return *home / ".cache" / "gst-dali" / "shards";
  return std::nullopt;
}

std::string hash_of(const std::string& text) {
  std::ostringstream hash;
  hash << std::hex << std::hash<std::string>()(text);
  return hash.str();
}

// Files of one name in different folders, or of one path at different times, lie apart.
struct CacheName {
  std::string path;      // as all of one path begin
  std::string identity;  // as they go on

  CacheName(const fs::path& file, const std::string& now)
      : path(hash_of(fs::canonical(file).string()) + '-'),
        identity(hash_of(now) + '-' + file.filename().string() + ".clips") {}
};

// What was unpacked of a file that has been replaced since, unless a process still uses it.
void remove_outdated(const fs::path& cache, const CacheName& name) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(cache, error)) {
    const std::string other = entry.path().filename().string();
    if (!other.starts_with(name.path) || other == name.path + name.identity) continue;
    if (FoldersInUse::of_this_process().may_be_exchanged(entry.path())) {
      fs::remove_all(entry.path(), error);
    }
  }
}

}  // namespace

fs::path unpacked_once(const fs::path& file,
                       const std::function<void(const fs::path& folder)>& unpack) {
  const std::string identity = identity_of(file);
  std::vector<fs::path> folders = {file.string() + ".clips"};
  const auto cache = users_cache();
  if (cache) {
    const CacheName name(file, identity);
    folders.push_back(*cache / (name.path + name.identity));
    remove_outdated(*cache, name);
  }
  for (const fs::path& folder : folders) {
    if (try_folder(file, folder, identity, unpack) == Outcome::kFilled) return folder;
  }
  refuse(file, "cannot be unpacked: " + folders.front().string() +
                   (cache ? " and " + cache->string() + " cannot be written"
                          : " cannot be written, and XDG_CACHE_HOME names no other folder"));
}

}  // namespace dali
