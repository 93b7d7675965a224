// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <map>
#include <vector>

#include "pipelines/caption/timed_caption.h"

namespace dali {

// From when to when sources are there, by what dalicaptioner posts of each event, told or not. Of
// one thread.
class ArrivedSpans {
 public:
  // Passes over what is no DaliSourceEvent. Borrowed.
  void add(const GstStructure* message);

  bool is_empty() const { return spans_.empty(); }

  // Gives each span to the caption that TimedCaption says, when all has come. The medium begins at
  // this running time and lasts so long. Where there is no caption it returns them, by start.
  std::vector<SourceSpan> hand_to(std::vector<TimedCaption>& captions, double zero_s,
                                  double duration_s) const;

 private:
  std::map<std::uint64_t, SourceSpan> spans_;  // by their source; running time
};

}  // namespace dali
