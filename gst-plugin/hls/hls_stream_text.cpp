// SPDX-License-Identifier: LGPL-2.1-or-later
// HlsStream: the text, in its own thread.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/hls/hls_stream.h"

#define GST_CAT_DEFAULT dali::hls_sink_category()

namespace dali {
namespace {

// How long text shows that does not say so itself.
constexpr std::int64_t kUnsaidDurationNs = 4 * std::int64_t{GST_SECOND};

}  // namespace

GstPadProbeReturn HlsStream::pass_text(GstPadProbeInfo* info) {
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    pass_text_buffer(GST_PAD_PROBE_INFO_BUFFER(info));
  } else if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
    GstBufferList* const list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    for (guint index = 0; index < gst_buffer_list_length(list); ++index) {
      pass_text_buffer(gst_buffer_list_get(list, index));
    }
  } else {
    pass_text_event(GST_PAD_PROBE_INFO_EVENT(info));
  }
  tell_losses();
  return GST_PAD_PROBE_OK;
}

void HlsStream::pass_text_event(GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEGMENT:
      text_clock_.take_segment(event);
      break;
    case GST_EVENT_CAPS:
      text_format_ = format_of_caps(event);
      break;
    case GST_EVENT_TAG: {
      GstTagList* tags = nullptr;
      gst_event_parse_tag(event, &tags);
      g_autofree gchar* language = nullptr;
      if (gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &language) != FALSE) {
        const std::lock_guard lock(mutex_);
        publisher_.variant().language = language;
      }
      break;
    }
    case GST_EVENT_GAP: {
      GstClockTime start = 0;
      GstClockTime duration = 0;
      gst_event_parse_gap(event, &start, &duration);
      const std::optional<std::int64_t> time = text_clock_.running_time(start);
      if (!time) break;
      const auto length =
          static_cast<std::int64_t>(GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0);
      const std::lock_guard lock(mutex_);
      publisher_.pass_text(*time + timeline_.text_shift_ns(*time) + length);
      break;
    }
    case GST_EVENT_EOS: {
      const std::lock_guard lock(mutex_);
      publisher_.end_text();
      break;
    }
    default:
      break;
  }
}

void HlsStream::pass_text_buffer(GstBuffer* buffer) {
  const std::optional<std::int64_t> time = text_clock_.running_time(GST_BUFFER_PTS(buffer));
  if (!time) {
    GST_WARNING_OBJECT(element_, "text without a time: %" GST_PTR_FORMAT, printed(buffer));
    return;
  }
  const std::string text = text_of(buffer, text_format_);
  const bool is_empty = text.find_first_not_of(" \t\r\n") == std::string::npos;
  const GstClockTime duration = GST_BUFFER_DURATION(buffer);
  const std::int64_t length = GST_CLOCK_TIME_IS_VALID(duration) && duration > 0
                                  ? static_cast<std::int64_t>(duration)
                                  : (is_empty ? 0 : kUnsaidDurationNs);
  std::int64_t late_ns = 0;
  bool is_told = false;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t start_ns = *time + timeline_.text_shift_ns(*time);
    // A buffer without text says that there is none for so long.
    if (is_empty) {
      publisher_.pass_text(start_ns + length);
    } else {
      late_ns = publisher_.add_text(start_ns, start_ns + length, text);
    }
    is_told = late_ns > 0 && late_warnings_.lets_through();
  }
  if (late_ns > 0) {
    GST_INFO_OBJECT(element_, "\"%s\" is late by %" GST_TIME_FORMAT, text.c_str(),
                    GST_TIME_ARGS(static_cast<GstClockTime>(late_ns)));
  }
  if (!is_told) return;
  GST_ELEMENT_WARNING(
      element_, STREAM, ENCODE,
      ("\"%s\" came after its segment was published, and is shown later.", text.c_str()),
      ("%.1f s of it were in it; max-text-delay says how long segments wait",
       static_cast<double>(late_ns) / 1e9));
}

}  // namespace dali
