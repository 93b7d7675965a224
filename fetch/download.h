// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "command/status_line.h"

namespace dali {

// A file to fetch, and what is known of it.
struct Download {
  std::string address;         // https://, or http:// where that was asked for
  std::filesystem::path path;  // where it is to be; beside it PATH.part while it is not whole
  std::optional<std::uint64_t> bytes;  // nothing: whatever the server says
  std::string sha256;                  // empty: not published
};

struct DownloadLimits {
  int retries = 5;     // one after the other that bring no byte
  int silence_s = 60;  // without a byte before an attempt is given up
  int redirects = 10;
};

// Fetches the file, or goes on where an earlier attempt ended: PATH.part has what came so far, and
// PATH.part.version how the server called it, so that parts of two versions are never joined. The
// file appears under its name when it is whole and its size and checksum are right. Proxies are
// those of the environment ($https_proxy, $no_proxy). Connections that break are tried again;
// addresses of https lead to https alone.
// Throws std::runtime_error in one line naming address or file; what came stays for the next time,
// unless it is known to be wrong. A StopSignal ends it likewise.
void download(const Download& download, const DownloadLimits& limits, StatusLine& status);

// The same with a file that is there already, in place of the address; it takes the place of what
// an earlier attempt left. Throws std::runtime_error naming a file.
void take_copy(const Download& download, const std::filesystem::path& from, StatusLine& status);

// Throws std::runtime_error "FILE: ..." when it has another size or checksum than `download` says.
void check_downloaded(const std::filesystem::path& file, const Download& download,
                      StatusLine& status);

// "4.99 GB", "70.1 kB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace dali
