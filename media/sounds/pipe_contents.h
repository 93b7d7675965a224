// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// What comes through a pipe, which can be read but once, as a file that can be opened as often as
// its readers like. Held in memory, for as long as this is there.
class PipeContents {
 public:
  // Reads to the end. Throws std::runtime_error naming the pipe when it cannot be read, or does not
  // end within kLongestBytes.
  explicit PipeContents(const std::filesystem::path& pipe);
  ~PipeContents();
  PipeContents(const PipeContents&) = delete;
  PipeContents& operator=(const PipeContents&) = delete;

  static constexpr long long kLongestBytes = 1LL << 30;

  std::filesystem::path path() const;

 private:
  int descriptor_ = -1;
};

}  // namespace dali
