// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dali {

// The names of a stream's files: "media%05d.ts", whose one directive is the segment's number.
class NumberedFiles {
 public:
  // Throws std::runtime_error when the pattern has no place for a number, or more than one.
  explicit NumberedFiles(const std::string& pattern);

  std::filesystem::path path(std::uint64_t number) const;
  // The numbers of the files that there are, the least first.
  std::vector<std::uint64_t> existing() const;

 private:
  std::string before_;
  std::string after_;
  int width_ = 0;
  bool has_zeros_ = false;
};

// How a playlist calls a file: relative to its own folder, as part of an address.
std::string address_from(const std::filesystem::path& playlist, const std::filesystem::path& file);

}  // namespace dali
