// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_cues.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include "media/text/clock_time.h"
#include "media/text/markup.h"
#include "model/base/one_line.h"

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;

// Where mpegtsmux has the zero of running time: at an hour, so that times before it can be told.
constexpr std::int64_t kZeroTicks = std::int64_t{90000} * 3600;
constexpr std::int64_t kTicksPerSecond = 90000;
constexpr std::int64_t kClockTicks = std::int64_t{1} << 33;

// What is left of a caption's time has to be enough to see that there is one.
constexpr std::int64_t kShortestRestNs = kSecondNs;

// How far behind its beginning the first segment that has a caption may begin.
constexpr std::int64_t kSlackNs = kSecondNs / 2;

std::string cue_time(std::int64_t time_ns) {
  const std::int64_t from_zero_ns = std::max<std::int64_t>(time_ns, 0);
  return clock_time((from_zero_ns + kMillisecondNs / 2) / kMillisecondNs, '.');
}

// A cue ends with an empty line.
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

}  // namespace

std::string webvtt_header(std::int64_t start_ns) {
  // The whole second behind the turn that came last: its ticks are whole, and cues keep their
  // times.
  const std::int64_t turn = (kZeroTicks + start_ns / kSecondNs * kTicksPerSecond) / kClockTicks;
  const std::int64_t local_s =
      turn > 0 ? (turn * kClockTicks - kZeroTicks + kTicksPerSecond - 1) / kTicksPerSecond : 0;
  return fmt::format("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{},LOCAL:{}\n",
                     (kZeroTicks + local_s * kTicksPerSecond) % kClockTicks,
                     cue_time(local_s * kSecondNs));
}

std::int64_t HlsCues::add(std::int64_t start_ns, std::int64_t end_ns, const std::string& text) {
  end_ns = std::max(end_ns, start_ns);
  overlap_ = overlap_ || start_ns < last_end_ns_;
  last_end_ns_ = std::max(last_end_ns_, end_ns);
  // Captions that follow each other: the next one begins where this one ends. Where they overlap,
  // it may begin right after this one's beginning.
  pass_time(overlap_ ? start_ns : end_ns);
  Cue cue{.identifier = fmt::format("{}-{}", run_, ++count_),
          .start_ns = start_ns,
          .end_ns = end_ns,
          .text = text};
  const std::int64_t late_ns = std::max<std::int64_t>(written_until_ns_ - kSlackNs - start_ns, 0);
  if (late_ns > 0 && end_ns - written_until_ns_ < kShortestRestNs) {
    cue.start_ns = written_until_ns_;
    cue.end_ns = written_until_ns_ + end_ns - start_ns;
  }
  cues_.push_back(std::move(cue));
  return std::min(late_ns, end_ns - start_ns);
}

bool HlsCues::is_known(std::int64_t until_ns) const {
  return known_until_ns_ >= until_ns - kSlackNs;
}

void HlsCues::pass_time(std::int64_t until_ns) {
  known_until_ns_ = std::max(known_until_ns_, until_ns);
}

void HlsCues::end() {
  known_until_ns_ = std::numeric_limits<std::int64_t>::max();
}

std::string HlsCues::segment(std::int64_t start_ns, std::int64_t end_ns) {
  std::string file = webvtt_header(start_ns);
  for (Cue& cue : cues_) {
    if (cue.start_ns >= end_ns || cue.end_ns <= start_ns) continue;
    cue.was_written = true;
    file += fmt::format("\n{}\n{} --> {}\n{}", cue.identifier, cue_time(cue.start_ns),
                        cue_time(cue.end_ns), cue_lines(cue.text));
  }
  written_until_ns_ = end_ns;
  forget_until(end_ns);
  // Readers that put segments together find where one ends.
  return file + '\n';
}

void HlsCues::forget_until(std::int64_t end_ns) {
  const auto done = std::stable_partition(cues_.begin(), cues_.end(),
                                          [&](const Cue& cue) { return cue.end_ns > end_ns; });
  std::copy_if(done, cues_.end(), std::back_inserter(lost_),
               [](const Cue& cue) { return !cue.was_written; });
  cues_.erase(done, cues_.end());
}

void HlsCues::drop_rest() {
  forget_until(std::numeric_limits<std::int64_t>::max());
}

std::vector<HlsCues::Cue> HlsCues::take_lost() {
  return std::exchange(lost_, {});
}

}  // namespace dali
