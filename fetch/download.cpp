// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "command/narration.h"
#include "command/stop_signal.h"
#include "fetch/checksum.h"
#include "fetch/http_transfer.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::uint64_t bytes_in(const fs::path& file) {
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  return error ? 0 : bytes;
}

// "model.safetensors: 1.20 of 4.99 GB, 85.0 MB a second".
class ShownProgress {
 public:
  ShownProgress(const Download& download, StatusLine& status, const char* what)
      : name_(download.path.filename().string()),
        total_(download.bytes),
        status_(status),
        what_(what) {}

  void at(std::uint64_t bytes) {
    if (!has_begun_) first_ = bytes;
    has_begun_ = true;
    if (!status_.is_due()) return;
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const auto rate = static_cast<double>(bytes - std::min(first_, bytes)) / std::max(seconds, 0.1);
    status_.show(fmt::format("{}: {}{}{}, {} a second", name_, what_, bytes_text(bytes),
                             total_ ? " of " + bytes_text(*total_) : "",
                             bytes_text(static_cast<std::uint64_t>(rate))));
  }

 private:
  std::string name_;
  std::optional<std::uint64_t> total_;
  StatusLine& status_;
  const char* what_;
  Clock::time_point start_ = Clock::now();
  std::uint64_t first_ = 0;
  bool has_begun_ = false;
};

fs::path part_of(const Download& download) {
  return download.path.string() + ".part";
}

void remove_part(const fs::path& part) {
  std::error_code ignored;
  fs::remove(part, ignored);
  fs::remove(version_file_of(part), ignored);
}

// Doubles from a second to half a minute.
void wait_before(int attempt) {
  const auto end = Clock::now() + std::chrono::seconds(std::min(1 << std::min(attempt, 5), 30));
  while (Clock::now() < end) {
    if (StopSignal::received() != 0) throw std::runtime_error(kInterrupted);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// Whether bytes that are there are worth going on from: the server can tell whether they are of the
// same version, or the checksum will.
bool can_resume(const Download& download, const fs::path& part) {
  return bytes_in(part) > 0 && (!download.sha256.empty() || fs::exists(version_file_of(part)));
}

// Until `part` is as long as the server says. Whether some of it is from before.
bool fill(const Download& download, const DownloadLimits& limits, const fs::path& part,
          bool may_resume, StatusLine& status) {
  ShownProgress progress(download, status, "");
  bool resumes = may_resume && can_resume(download, part);
  const bool has_resumed = resumes;
  if (resumes) narrate("{}: goes on behind {} bytes", download.address, bytes_in(part));
  for (int attempts = 0;;) {
    if (resumes && download.bytes && bytes_in(part) == *download.bytes) return has_resumed;
    const std::uint64_t before = resumes ? bytes_in(part) : 0;
    const TransferEnd end =
        transfer(download, limits, part, resumes, [&](std::uint64_t bytes) { progress.at(bytes); });
    switch (end.kind) {
      case TransferEnd::Kind::kWhole:
        return has_resumed;
      case TransferEnd::Kind::kRefused:
        throw std::runtime_error(download.address + ": " + end.why);
      case TransferEnd::Kind::kNoRange:
        // Nothing is missing, which the checksum knows; or what is there is of something else.
        if (!download.sha256.empty()) return has_resumed;
        narrate("{}: {}; begins anew", download.address, end.why);
        remove_part(part);
        resumes = false;
        break;
      case TransferEnd::Kind::kBroken:
        narrate("{}: {}", download.address, end.why);
        attempts = bytes_in(part) > before ? 0 : attempts + 1;
        if (attempts > limits.retries) {
          throw std::runtime_error(download.address + ": " + end.why +
                                   "; what was fetched stays, and fetching again goes on");
        }
        if (attempts > 0) wait_before(attempts - 1);
        resumes = can_resume(download, part);
        break;
    }
  }
}

void sync_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw FileError(file, errno);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (result != 0) throw FileError(file, error);
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  const auto count = static_cast<double>(bytes);
  if (bytes >= 1'000'000'000) return fmt::format("{:.2f} GB", count / 1e9);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", count / 1e6);
  if (bytes >= 1'000) return fmt::format("{:.1f} kB", count / 1e3);
  return fmt::format("{} bytes", bytes);
}

void check_downloaded(const fs::path& file, const Download& download, StatusLine& status) {
  const std::uint64_t bytes = bytes_in(file);
  if (download.bytes && bytes != *download.bytes) {
    throw std::runtime_error(fmt::format("{}: has {} bytes, and not {} as published", file.string(),
                                         bytes, *download.bytes));
  }
  if (download.sha256.empty()) return;
  ShownProgress progress(download, status, "checks ");
  const std::string found = sha256_of(file, [&](std::uint64_t read) {
    progress.at(read);
    if (StopSignal::received() != 0) throw std::runtime_error(kInterrupted);
  });
  if (found != download.sha256) {
    throw std::runtime_error(file.string() +
                             ": is not the file that it should be: its SHA-256 is " + found +
                             ", and not " + download.sha256);
  }
}

void download(const Download& download, const DownloadLimits& limits, StatusLine& status) {
  const fs::path part = part_of(download);
  const bool has_resumed = fill(download, limits, part, /*may_resume=*/true, status);
  try {
    check_downloaded(part, download, status);
  } catch (const std::runtime_error& error) {
    if (StopSignal::received() != 0) throw;
    remove_part(part);
    const std::string wrong = download.address + " as " + error.what();
    if (!has_resumed) throw std::runtime_error(wrong);
    // Joined from what does not belong together, or damaged since: once more, from the beginning.
    narrate("{}", wrong);
    fill(download, limits, part, /*may_resume=*/false, status);
    check_downloaded(part, download, status);
  }
  sync_file(part);
  fs::rename(part, download.path);
  sync_folder(download.path.parent_path());
  remove_part(part);
}

void take_copy(const Download& download, const fs::path& from, StatusLine& status) {
  check_downloaded(from, download, status);
  remove_part(part_of(download));
  FileReplacement copy(download.path);
  try {
    fs::copy_file(from, copy.temporary_path(), fs::copy_options::overwrite_existing);
  } catch (const fs::filesystem_error& error) {
    throw FileError(
        from, "cannot be copied to " + download.path.string() + ": " + error.code().message());
  }
  copy.commit();
}

}  // namespace dali
