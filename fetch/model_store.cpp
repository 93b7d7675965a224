// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/model_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "command/stop_signal.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

void check_removed(const fs::path& path, const std::error_code& error) {
  if (error) throw FileError(path, "cannot be removed: " + error.message());
}

// A folder of that name, made if need be; -1: it went away meanwhile.
int opened_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw FileError(path, "cannot be created: " + error.message());
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 && errno != ENOENT) throw FileError(path, errno);
  return descriptor;
}

bool is_still_at(int descriptor, const fs::path& path) {
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

ModelStore::ModelStore(fs::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) {
    throw std::runtime_error(
        "there is no folder for models: neither $XDG_DATA_HOME nor $HOME is set; name one with "
        "--models");
  }
}

fs::path ModelStore::part_of(const std::string& name) const {
  return folder_ / (name + ".part");
}

bool ModelStore::has(const std::string& name) const {
  std::error_code error;
  return fs::is_directory(path_of(name), error);
}

std::uintmax_t ModelStore::bytes_in_part(const std::string& name) const {
  std::error_code error;
  std::uintmax_t bytes = 0;
  fs::recursive_directory_iterator entries(part_of(name), error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::error_code not_counted;
    if (entries->is_regular_file(not_counted)) bytes += entries->file_size(not_counted);
  }
  return bytes;
}

void ModelStore::remove(const std::string& name) const {
  std::error_code error;
  const fs::path part = part_of(name);
  const bool has_part = fs::exists(part, error);
  if (!has_part && !has(name)) {
    throw std::runtime_error(path_of(name).string() + ": no such model was fetched");
  }
  if (has_part) {
    const int descriptor = opened_folder(part);
    const bool is_free = descriptor < 0 || ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    // Locked until it is gone: nobody begins to fetch into it meanwhile.
    if (is_free) fs::remove_all(part, error);
    if (descriptor >= 0) ::close(descriptor);
    if (!is_free) throw FileError(part, "another process is fetching it");
    check_removed(part, error);
  }
  fs::remove_all(path_of(name), error);
  check_removed(path_of(name), error);
}

PartLock::PartLock(const ModelStore& store, const std::string& name) : store_(store), name_(name) {
  const fs::path part = store.part_of(name);
  for (bool has_said = false;; has_said = true) {
    descriptor_ = opened_folder(part);
    if (descriptor_ >= 0) {
      const bool is_free = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
      // Who had it before may have finished and removed it.
      if (is_free && is_still_at(descriptor_, part)) return;
      ::close(descriptor_);
      if (is_free) continue;
    }
    if (!has_said) {
      fmt::print(stderr, "dali-model: another process is fetching {}; waiting for it\n", name);
    }
    if (StopSignal::received() != 0) throw std::runtime_error("interrupted; nothing was fetched");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

PartLock::~PartLock() {
  std::error_code ignored;
  if (store_.bytes_in_part(name_) == 0) fs::remove_all(store_.part_of(name_), ignored);
  ::close(descriptor_);
}

}  // namespace dali
