// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/time_origin.h"

#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "media/decoding/made_by.h"

namespace dali {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Demuxers that hand on times: not those that strip tags, nor those that fetch what another one
// takes apart.
bool gives_streams(GstElement* element) {
  const gchar* metadata = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  const std::string_view kind = metadata != nullptr ? metadata : "";
  return kind.find("Demuxer") != std::string_view::npos &&
         kind.find("Metadata") == std::string_view::npos &&
         kind.find("Adaptive") == std::string_view::npos;
}

// Sound and pictures, not what another demuxer takes apart.
bool is_presented(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  if (caps == nullptr || gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return false;
  const std::string_view media_type = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  const bool is_medium = media_type.starts_with("audio/") || media_type.starts_with("video/") ||
                         media_type.starts_with("image/");
  const GstPbUtilsCapsDescriptionFlags kind = gst_pb_utils_get_caps_description_flags(caps);
  return is_medium && (kind & GST_PBUTILS_CAPS_DESCRIPTION_FLAG_CONTAINER) == 0;
}

}  // namespace

TimeOrigin::TimeOrigin(GstElement* decoder) {
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element), this);
}

std::optional<std::int64_t> TimeOrigin::first_ns() const {
  const std::lock_guard lock(mutex_);
  if (streams_.empty()) return 0;
  const std::optional<std::int64_t> earliest = earliest_ns();
  if (!earliest) return std::nullopt;
  const bool is_known = std::all_of(streams_.begin(), streams_.end(), [&](const Stream& stream) {
    return stream.first_ns || stream.nothing_before_ns >= *earliest;
  });
  return is_known ? earliest : std::nullopt;
}

std::int64_t TimeOrigin::earliest_shown_ns() const {
  const std::lock_guard lock(mutex_);
  return earliest_ns().value_or(0);
}

bool TimeOrigin::has_untimed_beginning() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const Stream& stream) { return stream.has_untimed_beginning; });
}

std::optional<std::int64_t> TimeOrigin::earliest_ns() const {
  std::optional<std::int64_t> earliest;
  for (const Stream& stream : streams_) {
    if (!stream.first_ns) continue;
    earliest = std::min(earliest.value_or(*stream.first_ns), *stream.first_ns);
  }
  return earliest;
}

void TimeOrigin::on_element(GstBin*, GstBin*, GstElement* element, TimeOrigin* self) noexcept {
  if (!gives_streams(element)) return;
  g_signal_connect(element, "pad-added", G_CALLBACK(on_pad), self);
  // The pads that demuxers of one stream have from the start.
  gst_element_foreach_src_pad(
      element,
      [](GstElement* demuxer, GstPad* pad, gpointer origin) -> gboolean {
        on_pad(demuxer, pad, static_cast<TimeOrigin*>(origin));
        return TRUE;
      },
      self);
}

void TimeOrigin::on_pad(GstElement* demuxer, GstPad* pad, TimeOrigin* self) noexcept {
  if (!GST_PAD_IS_SRC(pad)) return;
  Stream* stream = nullptr;
  {
    const std::lock_guard lock(self->mutex_);
    stream = &self->streams_.emplace_back();
  }
  stream->origin = self;
  // qtdemux's segments are the edit list that stands in the file; other demuxers choose theirs.
  stream->has_edit_list = is_made_by("qtdemux", demuxer);
  stream->has_clock = is_made_by("tsdemux", demuxer);
  constexpr auto kTypes =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kTypes, on_data, stream, nullptr);
}

GstPadProbeReturn TimeOrigin::on_data(GstPad* pad, GstPadProbeInfo* info,
                                      gpointer stream_data) noexcept {
  auto& stream = *static_cast<Stream*>(stream_data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    if (!stream.is_settled) {
      stream.origin->take_buffer(stream, pad, GST_PAD_PROBE_INFO_BUFFER(info));
    }
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
    GST_PAD_PROBE_INFO_DATA(info) = opened(stream, event);
    gst_event_unref(event);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
    stream.origin->take_silence(stream, end_of_gap_ns(stream, event));
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
    stream.origin->take_silence(stream, kNever);
  }
  return GST_PAD_PROBE_OK;
}

// The segment as it goes on, transfer full: running time counts the demuxer's own timestamps, from
// their zero, and what follows a first segment is moved with it.
GstEvent* TimeOrigin::opened(Stream& stream, GstEvent* event) {
  gst_event_copy_segment(event, &stream.segment);
  GstSegment& segment = stream.segment;
  if (segment.format != GST_FORMAT_TIME || segment.rate != 1.0 || stream.has_edit_list) {
    return gst_event_ref(event);
  }
  if (segment.base == 0) {
    stream.opened_ns = segment.start;
    segment.start = 0;
    segment.time = 0;
    segment.position = 0;
  } else {
    segment.base += stream.opened_ns;
  }
  GstEvent* replacement = gst_event_new_segment(&segment);
  gst_event_set_seqnum(replacement, gst_event_get_seqnum(event));
  return replacement;
}

// When what the buffer holds is first presented, in running time; nothing when it never is.
std::optional<std::int64_t> TimeOrigin::presented_ns(const Stream& stream, GstBuffer* buffer) {
  const GstSegment& segment = stream.segment;
  const GstClockTime start = GST_BUFFER_PTS(buffer);
  if (segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(start)) return std::nullopt;
  const GstClockTime end =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? start + GST_BUFFER_DURATION(buffer) : start + 1;
  if (end <= segment.start) return std::nullopt;
  const guint64 running =
      gst_segment_to_running_time(&segment, GST_FORMAT_TIME, std::max(start, segment.start));
  if (!GST_CLOCK_TIME_IS_VALID(running)) return std::nullopt;
  return static_cast<std::int64_t>(running);
}

std::int64_t TimeOrigin::end_of_gap_ns(const Stream& stream, GstEvent* gap) {
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(gap, &start, &duration);
  if (GST_CLOCK_TIME_IS_VALID(duration)) start += duration;
  const guint64 end = gst_segment_to_running_time(&stream.segment, GST_FORMAT_TIME, start);
  return GST_CLOCK_TIME_IS_VALID(end) ? static_cast<std::int64_t>(end) : 0;
}

void TimeOrigin::take_buffer(Stream& stream, GstPad* pad, GstBuffer* buffer) {
  if (!is_presented(pad)) {
    take_silence(stream, kNever);
    return;
  }
  const std::optional<std::int64_t> first_ns = presented_ns(stream, buffer);
  const std::lock_guard lock(mutex_);
  stream.first_ns = first_ns;
  stream.is_settled = first_ns.has_value();
  stream.has_untimed_beginning |= stream.has_clock && !GST_BUFFER_PTS_IS_VALID(buffer);
}

void TimeOrigin::take_silence(Stream& stream, std::int64_t until_ns) {
  const std::lock_guard lock(mutex_);
  stream.nothing_before_ns = std::max(stream.nothing_before_ns, until_ns);
  stream.is_settled |= until_ns == kNever;
}

}  // namespace dali
