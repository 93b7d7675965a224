// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "fetch/download.h"

namespace dali {

// Why a signal ended the work.
inline constexpr const char* kInterrupted =
    "interrupted; what was fetched stays, and fetching again goes on";

// How one attempt to get a file ended.
struct TransferEnd {
  enum class Kind {
    kWhole,    // as far as the server says
    kBroken,   // it may work another time
    kNoRange,  // the server has nothing behind what is there already
    kRefused   // it will not work another time
  };
  Kind kind = Kind::kWhole;
  std::string why;  // of all but kWhole
};

// One attempt: asks for what lies behind the bytes that `part` has, if `resumes`, and writes it
// there; a server that sends the whole file, or another version of it, starts `part` anew.
// `after_bytes` is called with the bytes that are there, at least once a second.
// Throws std::runtime_error when `part` cannot be written or StopSignal came.
TransferEnd transfer(const Download& download, const DownloadLimits& limits,
                     const std::filesystem::path& part, bool resumes,
                     const std::function<void(std::uint64_t bytes)>& after_bytes);

// The file that remembers which version of the file `part` is of.
std::filesystem::path version_file_of(const std::filesystem::path& part);

}  // namespace dali
