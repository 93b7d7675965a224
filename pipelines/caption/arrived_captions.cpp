// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/arrived_captions.h"

#include <cmath>
#include <optional>

namespace dali {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

double seconds(std::int64_t time_ns) {
  return static_cast<double>(time_ns) / kNanosecondsPerSecond;
}

std::string text_of(const GstStructure* fields, const char* field) {
  const char* value = gst_structure_get_string(fields, field);
  return value != nullptr ? value : "";
}

double seconds_of(const GstStructure* fields, const char* field) {
  guint64 time_ns = 0;
  gst_structure_get_uint64(fields, field, &time_ns);
  return seconds(static_cast<std::int64_t>(time_ns));
}

std::optional<bool> truth_of(const GstStructure* fields, const char* field) {
  gboolean value = FALSE;
  if (gst_structure_get_boolean(fields, field, &value) == FALSE) return std::nullopt;
  return value != FALSE;
}

TimedEvent event_of(const GstStructure* fields) {
  guint64 source = 0;
  gst_structure_get_uint64(fields, "source", &source);
  return {.event = text_of(fields, "event"),
          .source = source,
          .name = text_of(fields, "name"),
          .time_s = seconds_of(fields, "time"),
          .is_off_screen = truth_of(fields, "off-screen")};
}

TimedWord word_of(const GstStructure* fields) {
  return {.text = text_of(fields, "text"),
          .start_s = seconds_of(fields, "start"),
          .end_s = seconds_of(fields, "end")};
}

TimedSource source_of(const GstStructure* fields) {
  TimedSource source{.name = text_of(fields, "name")};
  gst_structure_get_double(fields, "gain", &source.gain);
  source.is_off_screen = truth_of(fields, "off-screen").value_or(false);
  return source;
}

// A list of structures in a caption's meta, each as `of_structure` reads it; none where there is
// no such field.
template <typename OfStructure>
auto list_of(const GstStructure* fields, const char* field, const OfStructure& of_structure) {
  std::vector<decltype(of_structure(fields))> items;
  const GValue* list = gst_structure_get_value(fields, field);
  const guint count =
      list != nullptr && GST_VALUE_HOLDS_LIST(list) ? gst_value_list_get_size(list) : 0;
  for (guint at = 0; at < count; ++at) {
    const GValue* value = gst_value_list_get_value(list, at);
    if (GST_VALUE_HOLDS_STRUCTURE(value)) {
      items.push_back(of_structure(gst_value_get_structure(value)));
    }
  }
  return items;
}

// Its times are the captioner's running time.
TimedCaption caption_of(GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  TimedCaption caption;
  GstMapInfo mapped;
  if (gst_buffer_map(buffer, &mapped, GST_MAP_READ) != FALSE) {
    caption.text.assign(reinterpret_cast<const char*>(mapped.data), mapped.size);
    gst_buffer_unmap(buffer, &mapped);
  }
  const GstClockTime start = gst_segment_to_running_time(gst_sample_get_segment(sample),
                                                         GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  caption.start_s = GST_CLOCK_TIME_IS_VALID(start) ? seconds(start) : 0.0;
  caption.end_s = caption.start_s;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    caption.end_s += seconds(GST_BUFFER_DURATION(buffer));
  }
  if (GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, "DaliCaptionMeta")) {
    const GstStructure* fields = gst_custom_meta_get_structure(meta);
    double mean_log_probability = 0.0;
    gst_structure_get_double(fields, "mean-log-probability", &mean_log_probability);
    caption.confidence = std::exp(mean_log_probability);
    const char* modality = gst_structure_get_string(fields, "modality");
    if (modality != nullptr) caption.modality = modality;
    caption.words = list_of(fields, "words", word_of);
    caption.events = list_of(fields, "events", event_of);
    caption.is_off_screen = truth_of(fields, "off-screen");
    caption.sources = list_of(fields, "sources", source_of);
  }
  return caption;
}

// The end of the text or of the pause in it, in the segment's time.
std::optional<GstClockTime> end_of(GstPadProbeInfo* info) {
  GstClockTime start = GST_CLOCK_TIME_NONE;
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    start = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
    duration = GST_BUFFER_DURATION(GST_PAD_PROBE_INFO_BUFFER(info));
  } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_GAP) {
    gst_event_parse_gap(GST_PAD_PROBE_INFO_EVENT(info), &start, &duration);
  }
  if (!GST_CLOCK_TIME_IS_VALID(start)) return std::nullopt;
  return GST_CLOCK_TIME_IS_VALID(duration) ? start + duration : start;
}

}  // namespace

void TextPosition::follow(GstElement* sink) {
  g_autoptr(GstPad) pad = gst_element_get_static_pad(sink, "sink");
  constexpr auto kTypes =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kTypes, on_text, this, nullptr);
}

double TextPosition::reached_s() const {
  return seconds(reached_ns_);
}

GstPadProbeReturn TextPosition::on_text(GstPad* pad, GstPadProbeInfo* info,
                                        gpointer position) noexcept {
  const std::optional<GstClockTime> end = end_of(info);
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (!end || event == nullptr) return GST_PAD_PROBE_OK;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  const guint64 running = gst_segment_to_running_time(segment, GST_FORMAT_TIME, *end);
  if (GST_CLOCK_TIME_IS_VALID(running)) {
    static_cast<TextPosition*>(position)->reached_ns_ = static_cast<std::int64_t>(running);
  }
  return GST_PAD_PROBE_OK;
}

void ArrivedCaptions::add(GstSample* caption) {
  captions_.push_back(caption_of(caption));
}

void ArrivedCaptions::tell_from(double zero_s) {
  for (; told_ < captions_.size(); ++told_) {
    TimedCaption& caption = captions_[told_];
    caption.start_s -= zero_s;
    caption.end_s -= zero_s;
    for (TimedEvent& event : caption.events) event.time_s -= zero_s;
    for (TimedWord& word : caption.words) {
      word.start_s -= zero_s;
      word.end_s -= zero_s;
    }
    on_caption_(caption);
  }
}

}  // namespace dali
