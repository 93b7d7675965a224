// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_formats.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "media/text/clock_time.h"
#include "media/text/cue_line.h"
#include "media/text/markup.h"
#include "model/base/one_line.h"
#include "pipelines/caption/cues.h"

namespace dali {
namespace {

// To the millisecond.
double rounded(double time_s) {
  return std::round(std::max(time_s, 0.0) * 1e3) / 1e3;
}

nlohmann::ordered_json to_object(const TimedEvent& event) {
  nlohmann::ordered_json object = {{"event", event.event},
                                   {"source", event.source},
                                   {"name", event.name},
                                   {"time", rounded(event.time_s)}};
  if (event.is_off_screen) object["off_screen"] = *event.is_off_screen;
  return object;
}

nlohmann::ordered_json to_object(const TimedSource& source) {
  return {{"name", source.name},
          {"gain", std::round(source.gain * 1e4) / 1e4},
          {"off_screen", source.is_off_screen}};
}

nlohmann::ordered_json to_object(const SourceSpan& span) {
  nlohmann::ordered_json object = {{"source", span.source},
                                   {"name", span.name},
                                   {"start", rounded(span.start_s)},
                                   {"end", rounded(span.end_s)},
                                   {"confidence", std::round(span.confidence * 1e4) / 1e4}};
  if (span.is_off_screen) object["off_screen"] = *span.is_off_screen;
  return object;
}

nlohmann::ordered_json to_object(const TimedWord& word) {
  return {{"text", word.text}, {"start", rounded(word.start_s)}, {"end", rounded(word.end_s)}};
}

// What is heard and not seen is in italics. SRT has the same tag, and players know it.
std::string in_its_style(const std::string& text, const TimedCaption& caption) {
  return caption.is_off_screen.value_or(false) ? "<i>" + text + "</i>" : text;
}

}  // namespace

std::string to_webvtt(const std::vector<TimedCaption>& captions) {
  std::string file = "WEBVTT\n";
  for (const TimedCaption& cue : cues_of(captions)) {
    const CueTimes times = cue_times(cue);
    file += '\n' + clock_time(times.start_ms, '.') + " --> " + clock_time(times.end_ms, '.') + '\n';
    // A cue may hold neither "-->" nor a bare '<' or '&'; escaping '>' settles the arrow.
    file += in_its_style(escaped_markup(on_one_line(cue.text)), cue) + '\n';
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
    file += in_its_style(cue_line(cue.text), cue) + '\n';
  }
  return file;
}

std::string to_json(const std::vector<TimedCaption>& captions, const AboutMedium& medium) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const TimedCaption& cue : cues_of(captions)) {
    const CueTimes times = cue_times(cue);
    nlohmann::ordered_json object = {{"start", static_cast<double>(times.start_ms) / 1000.0},
                                     {"end", static_cast<double>(times.end_ms) / 1000.0},
                                     {"text", on_one_line(cue.text)},
                                     {"confidence", std::round(cue.confidence * 1e4) / 1e4},
                                     {"modality", cue.modality}};
    for (const TimedWord& word : cue.words) object["words"].push_back(to_object(word));
    if (cue.is_off_screen) object["off_screen"] = *cue.is_off_screen;
    for (const TimedSource& source : cue.sources) object["sources"].push_back(to_object(source));
    for (const TimedEvent& event : cue.events) object["events"].push_back(to_object(event));
    for (const SourceSpan& span : cue.spans) object["spans"].push_back(to_object(span));
    array.push_back(std::move(object));
  }
  if (!medium.spans.empty()) {
    nlohmann::ordered_json object = {{"start", 0.0}, {"end", rounded(medium.duration_s)}};
    for (const SourceSpan& span : medium.spans) object["spans"].push_back(to_object(span));
    array.push_back(std::move(object));
  }
  constexpr int kIndent = 2;
  return array.dump(kIndent, ' ', /*ensure_ascii=*/false,
                    nlohmann::ordered_json::error_handler_t::replace) +
         '\n';
}

std::string to_line(const TimedCaption& caption) {
  const CueTimes times = cue_times(caption);
  return clock_time(times.start_ms, '.') + " - " + clock_time(times.end_ms, '.') + "  " +
         plain_text(caption) + '\n';
}

}  // namespace dali
