// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_dump.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <system_error>

#include "media/clips/manifest.h"
#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "model/base/appended_file.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Milliseconds of the system's clock, and a number that tells the dumps of one process apart.
std::string unique_part() {
  static std::atomic<int> dumps = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-" +
         std::to_string(dumps++);
}

}  // namespace

WindowDump::WindowDump(const fs::path& folder) : folder_(folder), first_part_(unique_part()) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw std::runtime_error(folder_.string() + ": " + error.message());
}

void WindowDump::write(const SampledWindow& window, const Decision& decision) {
  Clip clip;
  clip.id = first_part_ + "-" + std::to_string(next_++);
  clip.start_s = static_cast<double>(window.span.start_ns) / kNanosecondsPerSecond;
  clip.duration_s =
      static_cast<double>(window.span.end_ns - window.span.start_ns) / kNanosecondsPerSecond;
  clip.caption = decision.text;
  if (!window.samples.empty()) {
    clip.audio = folder_ / (clip.id + ".wav");
    write_wav(clip.audio, window.samples);
  }
  if (!window.picture_rgb.pixels.empty()) {
    clip.frames = {folder_ / (clip.id + ".ppm")};
    write_ppm(clip.frames.front(), window.picture_rgb);
  }
  AppendedFile(folder_ / "manifest.jsonl").append(manifest_line(clip, folder_) + '\n');
}

}  // namespace dali
