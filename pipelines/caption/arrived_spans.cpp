// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/arrived_spans.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace dali {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

double seconds_of(const GstStructure* fields, const char* field) {
  guint64 time_ns = 0;
  gst_structure_get_uint64(fields, field, &time_ns);
  return static_cast<double>(time_ns) / kNanosecondsPerSecond;
}

}  // namespace

void ArrivedSpans::add(const GstStructure* message) {
  if (message == nullptr || gst_structure_has_name(message, "DaliSourceEvent") == FALSE) return;
  guint64 source = 0;
  gst_structure_get_uint64(message, "source", &source);
  SourceSpan& span = spans_[source];
  span.source = source;
  span.name = gst_structure_get_string(message, "name");
  span.start_s = seconds_of(message, "start");
  const bool stops = std::string_view(gst_structure_get_string(message, "event")) == "stops";
  span.end_s = stops ? seconds_of(message, "time") : std::numeric_limits<double>::infinity();
  gst_structure_get_double(message, "confidence", &span.confidence);
  gboolean is_off_screen = FALSE;
  if (gst_structure_get_boolean(message, "off-screen", &is_off_screen) != FALSE) {
    span.is_off_screen = is_off_screen != FALSE;
  }
}

std::vector<SourceSpan> ArrivedSpans::hand_to(std::vector<TimedCaption>& captions, double zero_s,
                                              double duration_s) const {
  std::vector<SourceSpan> left;
  for (const auto& [source, arrived] : spans_) {
    SourceSpan span = arrived;
    span.start_s = std::clamp(span.start_s - zero_s, 0.0, duration_s);
    span.end_s = std::clamp(span.end_s - zero_s, span.start_s, duration_s);
    if (captions.empty()) {
      left.push_back(std::move(span));
      continue;
    }
    const auto after = std::ranges::upper_bound(captions, span.start_s, {}, &TimedCaption::start_s);
    (after == captions.begin() ? after : after - 1)->spans.push_back(std::move(span));
  }
  std::ranges::stable_sort(left, {}, &SourceSpan::start_s);
  for (TimedCaption& caption : captions) {
    std::ranges::stable_sort(caption.spans, {}, &SourceSpan::start_s);
  }
  return left;
}

}  // namespace dali
