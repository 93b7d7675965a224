// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// A folder of clips as the training executables read them (media/clips): for each window its sound
// as ID.wav, its picture as ID.ppm, and a line in manifest.jsonl. Times are running time. The
// caption there is what the model said, for whoever looks through the clips: no reader takes it for
// the truth.
// Not thread-safe.
class WindowDump {
 public:
  // Makes the folder, or adds to one that exists. Throws std::runtime_error naming what cannot be
  // made; so does write() for a file, and then leaves the manifest as it was.
  explicit WindowDump(const std::filesystem::path& folder);

  void write(const SampledWindow& window, const Decision& decision);

 private:
  std::filesystem::path folder_;
  std::string first_part_;  // of ids: when this dump began, so that no two runs share one
  std::uint64_t next_ = 0;
};

}  // namespace dali
