// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace dali {

// A folder of models by name. NAME is a model, or published files, and is complete; NAME.part is
// what has been fetched of one that is not.
class ModelStore {
 public:
  // Throws std::runtime_error for an empty path, which a user without a home has.
  explicit ModelStore(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path_of(const std::string& name) const { return folder_ / name; }
  std::filesystem::path part_of(const std::string& name) const;

  bool has(const std::string& name) const;                      // complete
  std::uintmax_t bytes_in_part(const std::string& name) const;  // 0: nothing is there yet

  // Removes NAME and NAME.part. Throws std::runtime_error when there is neither, or when they
  // cannot be removed, or are being written.
  void remove(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

// NAME.part, made if need be, and nobody else's for as long as this object lives. Who comes while
// it is another process's waits, having said so on standard error; a StopSignal ends the waiting.
// Where nothing has come into the folder it goes with this object.
class PartLock {
 public:
  PartLock(const ModelStore& store, const std::string& name);
  ~PartLock();
  PartLock(const PartLock&) = delete;
  PartLock& operator=(const PartLock&) = delete;

 private:
  const ModelStore& store_;
  std::string name_;
  int descriptor_ = -1;
};

}  // namespace dali
