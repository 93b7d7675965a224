// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/wvtt_segment.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "gst-plugin/streaming/box_writer.h"
#include "gst-plugin/streaming/cmaf_fragment.h"
#include "gst-plugin/streaming/cmaf_track.h"
#include "gst-plugin/streaming/media_ticks.h"
#include "gst-plugin/streaming/webvtt_segment.h"

namespace dali {
namespace {

struct TimedCue {
  std::int64_t start = 0;  // in the track's ticks
  std::int64_t end = 0;
  const HlsCue* cue = nullptr;
};

// By which players know the samples of one caption; never below zero, as the box's number may be.
std::uint32_t source_of(const HlsCue& cue) {
  return static_cast<std::uint32_t>(std::hash<std::string>{}(cue.identifier)) & 0x7fffffff;
}

void write_cue(BoxWriter& writer, const HlsCue& cue) {
  writer.box("vttc", [&] {
    writer.box("vsid", [&] { writer.number(source_of(cue), 4); });
    writer.box("iden", [&] { writer.append(cue.identifier); });
    std::string lines = cue_lines(cue.text);
    if (!lines.empty()) lines.pop_back();  // its last line's end
    writer.box("payl", [&] { writer.append(lines); });
  });
}

}  // namespace

std::string wvtt_segment(std::uint64_t number, std::span<const HlsCue> cues, std::int64_t start_ns,
                         std::int64_t end_ns) {
  const std::int64_t ticks_per_second = wvtt_track().ticks_per_second;
  const std::int64_t start = media_ticks(start_ns, ticks_per_second);
  const std::int64_t end = std::max(media_ticks(end_ns, ticks_per_second), start + 1);
  std::vector<TimedCue> timed;
  std::vector<std::int64_t> changes = {start, end};
  for (const HlsCue& cue : cues) {
    timed.push_back({.start = std::clamp(media_ticks(cue.start_ns, ticks_per_second), start, end),
                     .end = std::clamp(media_ticks(cue.end_ns, ticks_per_second), start, end),
                     .cue = &cue});
    changes.insert(changes.end(), {timed.back().start, timed.back().end});
  }
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());

  Fragment fragment{.number = static_cast<std::uint32_t>(number + 1),
                    .decode_time = static_cast<std::uint64_t>(start),
                    .samples = {}};
  BoxWriter content;
  for (std::size_t index = 0; index + 1 < changes.size(); ++index) {
    const std::size_t before = content.size();
    for (const TimedCue& each : timed) {
      if (each.start <= changes[index] && each.end > changes[index]) write_cue(content, *each.cue);
    }
    if (content.size() == before) content.box("vtte", [] {});
    fragment.samples.push_back(
        {.size_bytes = static_cast<std::uint32_t>(content.size() - before),
         .duration = static_cast<std::uint32_t>(changes[index + 1] - changes[index])});
  }
  return media_segment(fragment, content.take());
}

}  // namespace dali
