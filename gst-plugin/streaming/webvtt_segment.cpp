// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/webvtt_segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "gst-plugin/streaming/media_ticks.h"
#include "media/text/clock_time.h"
#include "media/text/markup.h"
#include "model/base/one_line.h"

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;

constexpr std::int64_t kTicksPerSecond = 90000;
constexpr std::int64_t kZeroTicks = kTicksPerSecond * kMediaZeroSeconds;
constexpr std::int64_t kClockTicks = std::int64_t{1} << 33;

std::string cue_time(std::int64_t time_ns) {
  const std::int64_t from_zero_ns = std::max<std::int64_t>(time_ns, 0);
  return clock_time((from_zero_ns + kMillisecondNs / 2) / kMillisecondNs, '.');
}

std::string header(std::int64_t start_ns) {
  // The whole second behind the turn that came last: its ticks are whole, and cues keep their
  // times.
  const std::int64_t turn = (kZeroTicks + start_ns / kSecondNs * kTicksPerSecond) / kClockTicks;
  const std::int64_t local_s =
      turn > 0 ? (turn * kClockTicks - kZeroTicks + kTicksPerSecond - 1) / kTicksPerSecond : 0;
  return fmt::format("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{},LOCAL:{}\n",
                     (kZeroTicks + local_s * kTicksPerSecond) % kClockTicks,
                     cue_time(local_s * kSecondNs));
}

}  // namespace

std::string cue_lines(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line = on_one_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) lines += escaped_markup(only_xml(line)) + '\n';
  }
  return lines;
}

std::string webvtt_segment(std::span<const HlsCue> cues, std::int64_t start_ns) {
  std::string file = header(start_ns);
  for (const HlsCue& cue : cues) {
    file += fmt::format("\n{}\n{} --> {}\n{}", cue.identifier, cue_time(cue.start_ns),
                        cue_time(cue.end_ns), cue_lines(cue.text));
  }
  // Readers that put segments together find where one ends.
  return file + '\n';
}

}  // namespace dali
