// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/opened_medium.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"

namespace dali {
namespace {

[[noreturn]] void throw_error(const std::string& name, const std::string& what) {
  const int error = errno;
  throw_if_interrupted();
  throw MediaError(name + ": " + what + std::strerror(error));
}

// Until there is something to read, or the end. In steps: a signal that comes just before a system
// call does not end it.
void wait_for_bytes(int descriptor) {
  constexpr int kStepMs = 100;
  pollfd waited{.fd = descriptor, .events = POLLIN, .revents = 0};
  do {
    throw_if_interrupted();
  } while (::poll(&waited, 1, kStepMs) <= 0);
}

// Opened at once, also a FIFO that nobody writes to yet; reading it waits as always.
int opened_for_reading(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  return descriptor;
}

// What lies in a pipe, without taking it out of there.
std::vector<unsigned char> peeked(int pipe_descriptor) {
  std::array<int, 2> copy{};
  if (::pipe2(copy.data(), O_CLOEXEC) != 0) return {};
  std::vector<unsigned char> bytes(65536);
  const ssize_t count = ::tee(pipe_descriptor, copy[1], bytes.size(), 0);
  const ssize_t read = count > 0 ? ::read(copy[0], bytes.data(), bytes.size()) : 0;
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  ::close(copy[0]);
  ::close(copy[1]);
  return bytes;
}

// True for an MP4 whose index does not come before its media: it can be read from a file only.
bool is_mp4_with_index_last(const std::vector<unsigned char>& head) {
  std::size_t at = 0;
  bool is_mp4 = false;
  while (at + 8 <= head.size()) {
    const std::string_view type(reinterpret_cast<const char*>(&head[at + 4]), 4);
    is_mp4 = is_mp4 || type == "ftyp" || type == "mdat" || type == "wide" || type == "moov";
    if (!is_mp4 || type == "moov") return false;
    if (type == "mdat") return true;
    const std::uint32_t size = std::uint32_t{head[at]} << 24 | std::uint32_t{head[at + 1]} << 16 |
                               std::uint32_t{head[at + 2]} << 8 | head[at + 3];
    if (size < 8) return true;
    at += size;
  }
  return is_mp4;
}

int unnamed_file() {
  const char* folder = std::getenv("TMPDIR");
  for (const char* candidate : {folder, "/var/tmp", "/tmp"}) {
    if (candidate == nullptr || *candidate == '\0') continue;
    std::string name = std::string(candidate) + "/dali-caption-XXXXXX";
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) continue;
    ::unlink(name.c_str());
    return descriptor;
  }
  return -1;
}

}  // namespace

OpenedMedium::OpenedMedium(Medium medium, Readings readings) : medium_(std::move(medium)) {
  check_is_there(medium_);
  const auto path = path_of(medium_.name);
  struct stat status {};
  if (!path || ::stat(path->c_str(), &status) != 0) return;
  const bool is_standard_input = medium_.name == "-";
  if (S_ISREG(status.st_mode)) {
    // Somebody may have read the beginning of standard input: the medium is the rest.
    if (!is_standard_input || ::lseek(STDIN_FILENO, 0, SEEK_CUR) <= 0) return;
    readings = Readings::kSeveral;
  } else if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode) && !is_standard_input) {
    return;
  }
  descriptor_ = is_standard_input ? STDIN_FILENO : opened_for_reading(*path);
  if (descriptor_ < 0) throw_error(medium_.name, "");
  wait_for_bytes(descriptor_);
  medium_.descriptor = descriptor_;
  const bool is_to_be_kept = readings == Readings::kSeveral || !medium_.audio_track.empty() ||
                             !medium_.video_track.empty();
  if (is_to_be_kept || (S_ISFIFO(status.st_mode) && is_mp4_with_index_last(peeked(descriptor_)))) {
    keep(descriptor_);
  } else {
    medium_.is_read_once = true;
  }
}

OpenedMedium::~OpenedMedium() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

void OpenedMedium::keep(int source) {
  const int file = unnamed_file();
  if (file < 0) throw_error(medium_.name, "cannot be kept in a temporary file: ");
  descriptor_ = file;
  medium_.descriptor = file;
  std::vector<char> bytes(1 << 20);
  bool is_empty = true;
  for (;;) {
    wait_for_bytes(source);
    const ssize_t count = ::read(source, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_error(medium_.name, "cannot be read: ");
    if (count == 0) break;
    is_empty = false;
    for (ssize_t done = 0; done < count;) {
      const ssize_t written =
          ::write(file, bytes.data() + done, static_cast<std::size_t>(count - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw_error(medium_.name, "cannot be kept in a temporary file: ");
      done += written;
    }
  }
  if (source > STDERR_FILENO) ::close(source);
  if (is_empty) throw MediaError(medium_.name + ": is empty");
}

}  // namespace dali
