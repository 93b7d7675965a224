// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_formats.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "media/text/cue_line.h"
#include "model/base/one_line.h"

namespace dali {
namespace {

// A cue's times in whole milliseconds. Both are rounded down, so that a cue never ends after the
// media does; a cue lasts at least 1 ms, as WebVTT demands.
struct CueTimes {
  std::int64_t start_ms;
  std::int64_t end_ms;
};

CueTimes cue_times(const TimedCaption& caption) {
  // Nanoseconds became seconds on the way here: 12.345 s may have come out as 12.3449999.
  const auto milliseconds = [](double seconds) {
    return static_cast<std::int64_t>(std::floor(std::max(seconds, 0.0) * 1000.0 + 1e-4));
  };
  const std::int64_t start_ms = milliseconds(caption.start_s);
  return {start_ms, std::max(milliseconds(caption.end_s), start_ms + 1)};
}

// "01:02:03.004"; SRT wants a comma before the milliseconds.
std::string clock_time(std::int64_t time_ms, char fraction_mark) {
  char text[40];
  std::snprintf(text, sizeof text, "%02lld:%02d:%02d%c%03d",
                static_cast<long long>(time_ms / 3'600'000),
                static_cast<int>(time_ms / 60'000 % 60), static_cast<int>(time_ms / 1000 % 60),
                fraction_mark, static_cast<int>(time_ms % 1000));
  return text;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A cue's payload may hold neither "-->" nor a bare '<' or '&'; escaping '>' settles the arrow.
std::string webvtt_text(const std::string& text) {
  std::string escaped = replaced(on_one_line(text), "&", "&amp;");
  escaped = replaced(std::move(escaped), "<", "&lt;");
  return replaced(std::move(escaped), ">", "&gt;");
}

// The captions that have something to show, ordered by start.
std::vector<TimedCaption> cues_of(const std::vector<TimedCaption>& captions) {
  std::vector<TimedCaption> cues;
  std::copy_if(captions.begin(), captions.end(), std::back_inserter(cues),
               [](const TimedCaption& caption) { return !on_one_line(caption.text).empty(); });
  std::stable_sort(cues.begin(), cues.end(), [](const TimedCaption& a, const TimedCaption& b) {
    return a.start_s < b.start_s;
  });
  return cues;
}

}  // namespace

std::string to_webvtt(const std::vector<TimedCaption>& captions) {
  std::string file = "WEBVTT\n";
  for (const TimedCaption& cue : cues_of(captions)) {
    const CueTimes times = cue_times(cue);
    file += '\n' + clock_time(times.start_ms, '.') + " --> " + clock_time(times.end_ms, '.') + '\n';
    file += webvtt_text(cue.text) + '\n';
  }
  return file;
}

std::string to_srt(const std::vector<TimedCaption>& captions) {
  std::string file;
  int number = 0;
  for (const TimedCaption& cue : cues_of(captions)) {
    const CueTimes times = cue_times(cue);
    if (number > 0) file += '\n';
    file += std::to_string(++number) + '\n';
    file += clock_time(times.start_ms, ',') + " --> " + clock_time(times.end_ms, ',') + '\n';
    // SRT has no escapes: most players show text as it is and read "-->" as a time line.
    file += cue_line(cue.text) + '\n';
  }
  return file;
}

std::string to_json(const std::vector<TimedCaption>& captions) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const TimedCaption& cue : cues_of(captions)) {
    const CueTimes times = cue_times(cue);
    array.push_back({{"start", static_cast<double>(times.start_ms) / 1000.0},
                     {"end", static_cast<double>(times.end_ms) / 1000.0},
                     {"text", on_one_line(cue.text)},
                     {"confidence", std::round(cue.confidence * 1e4) / 1e4},
                     {"modality", cue.modality}});
  }
  constexpr int kIndent = 2;
  return array.dump(kIndent, ' ', /*ensure_ascii=*/false,
                    nlohmann::ordered_json::error_handler_t::replace) +
         '\n';
}

std::string to_line(const TimedCaption& caption) {
  const CueTimes times = cue_times(caption);
  return clock_time(times.start_ms, '.') + " - " + clock_time(times.end_ms, '.') + "  " +
         on_one_line(caption.text) + '\n';
}

}  // namespace dali
