// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "model/base/memory_file.h"
#include "pipelines/caption/libav_handles.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// Captions as a script that libass draws into a picture. The script lies in memory, under a name
// that is good as long as this lives.
class BurntCaptions {
 public:
  // `stream`: the picture they are drawn into. Throws SetupError without libass.
  BurntCaptions(const std::vector<TimedCaption>& captions, const AVStream* stream);

  // FFmpeg's filter that draws them.
  const std::string& filter() const { return filter_; }

 private:
  MemoryFile script_;
  std::string filter_;
};

}  // namespace dali
