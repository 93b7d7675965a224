// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/cues.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "media/text/clock_time.h"
#include "model/base/one_line.h"

namespace dali {

CueTimes cue_times(const TimedCaption& caption) {
  // Nanoseconds became seconds on the way here: 12.345 s may have come out as 12.3449999.
  const auto milliseconds = [](double seconds) {
    return static_cast<std::int64_t>(std::floor(std::max(seconds, 0.0) * 1000.0 + 1e-4));
  };
  const std::int64_t start_ms = milliseconds(caption.start_s);
  return {start_ms, std::max(milliseconds(caption.end_s), start_ms + 1)};
}

std::vector<TimedCaption> cues_of(const std::vector<TimedCaption>& captions) {
  std::vector<TimedCaption> cues;
  std::copy_if(captions.begin(), captions.end(), std::back_inserter(cues),
               [](const TimedCaption& caption) { return !on_one_line(caption.text).empty(); });
  std::stable_sort(cues.begin(), cues.end(), [](const TimedCaption& a, const TimedCaption& b) {
    return a.start_s < b.start_s;
  });
  return cues;
}

std::string plain_text(const TimedCaption& caption) {
  std::string text = on_one_line(caption.text);
  if (!caption.is_off_screen.value_or(false) || text.empty()) return text;
  const bool is_bracketed = text.front() == '[' && text.back() == ']';
  text.insert(text.size() - (is_bracketed ? 1 : 0), " (off)");
  return text;
}

std::vector<CueInTurn> cues_in_turn(const std::vector<TimedCaption>& captions,
                                    std::vector<std::string>& losses) {
  std::vector<CueInTurn> cues;
  for (const TimedCaption& caption : cues_of(captions)) {
    const CueTimes times = cue_times(caption);
    if (!cues.empty() && cues.back().start_ms == times.start_ms) {
      losses.push_back(loss_clause(cues.back().text, times.start_ms, "another begins with it"));
      cues.pop_back();
    }
    if (!cues.empty()) cues.back().end_ms = std::min(cues.back().end_ms, times.start_ms);
    cues.push_back({times.start_ms, times.end_ms, plain_text(caption)});
  }
  return cues;
}

std::string loss_clause(std::string_view text, std::int64_t time_ms, std::string_view reason) {
  return '"' + on_one_line(text) + "\" at " + clock_time(time_ms, '.') + " (" +
         std::string(reason) + ')';
}

void add_losses(const std::vector<CaptionLoss>& lost, std::vector<std::string>& losses) {
  constexpr std::int64_t kMillisecondNs = 1'000'000;
  for (const CaptionLoss& loss : lost) {
    losses.push_back(loss_clause(loss.text, loss.start_ns / kMillisecondNs, loss.reason));
  }
}

std::string loss_report(const char* format, const std::vector<std::string>& losses) {
  std::string report = std::string("not all of it fits into ") + format + ": " + losses.front();
  if (losses.size() > 1) report += " and " + std::to_string(losses.size() - 1) + " more";
  return report;
}

}  // namespace dali
