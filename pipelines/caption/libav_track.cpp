// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/libav_track.h"

#include <gst/app/gstappsrc.h>

#include <exception>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/pipeline.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/raw_media.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

// What may wait between decoder and captioner. A larger picture waits alone.
constexpr guint64 kWaitingBytes = 4 << 20;

}  // namespace

LibavTrack::LibavTrack(const Medium& medium, const Track& track, GstElement* appsrc)
    : fault_(medium.name + ": its " + track.codec + " cannot be decoded"),
      appsrc_(GST_ELEMENT(gst_object_ref(appsrc))),
      input_(medium),
      stream_(input_.stream(track.stream)),
      decoder_(stream_, medium.name),
      filter_(stream_, fault_, [this](const AVFrame* frame) {
        has_caps_ = false;
        return filters_to_raw_media(frame);
      }) {
  g_object_set(appsrc, "format", GST_FORMAT_TIME, "block", TRUE, "max-bytes", kWaitingBytes,
               nullptr);
  if (input_.duration_s() > 0.0) {
    gst_app_src_set_duration(GST_APP_SRC(appsrc),
                             static_cast<GstClockTime>(input_.duration_s() * GST_SECOND));
  }
}

LibavTrack::~LibavTrack() {
  // A push that blocked has returned when the pipeline went down.
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  gst_object_unref(appsrc_);
}

void LibavTrack::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    try {
      push_all(stop);
    } catch (const Interrupted&) {  // whoever waits for the pipeline sees it too
    } catch (const std::exception& error) {
      post_media_error(appsrc_, error.what());
    }
  });
}

void LibavTrack::push_all(const std::stop_token& stop) {
  const PacketHandle packet = new_packet();
  const FrameSink on_filtered = [&](AVFrame* filtered) { push(filtered); };
  const FrameSink on_frame = [&](AVFrame* frame) { filter_.filter(frame, on_filtered); };
  while (is_wanted_ && !stop.stop_requested() && input_.read(packet.get())) {
    if (packet->stream_index == stream_->index) decoder_.decode(packet.get(), on_frame);
    av_packet_unref(packet.get());
  }
  if (!is_wanted_ || stop.stop_requested()) return;
  decoder_.decode(nullptr, on_frame);
  filter_.filter(nullptr, on_filtered);
  if (!input_.broken_off_by().empty()) {
    post_media_warning(appsrc_, "is broken off: " + input_.broken_off_by());
  }
  gst_app_src_end_of_stream(GST_APP_SRC(appsrc_));
}

void LibavTrack::push(AVFrame* frame) {
  if (!is_wanted_) return;
  if (!has_caps_) {
    const CapsHandle caps = caps_of(frame, frame_rate_of(stream_));
    if (caps == nullptr) throw MediaError(fault_ + ": GStreamer has no name for what it holds");
    gst_app_src_set_caps(GST_APP_SRC(appsrc_), caps.get());
    const void* const printed = caps.get();
    GST_INFO("captions are made from %" GST_PTR_FORMAT ", which libavcodec decodes", printed);
    has_caps_ = true;
  }
  const AVRational unit = filter_.output_time_base();
  if (frame->pts != AV_NOPTS_VALUE) next_ns_ = av_rescale_q(frame->pts, unit, kNanoseconds);
  const std::int64_t duration_ns = duration_ns_of(frame, unit, frame_rate_of(stream_));
  const std::int64_t begin_ns = next_ns_;
  next_ns_ += duration_ns;
  if (next_ns_ <= 0) return;  // it is over before the medium begins
  GstBuffer* buffer = buffer_of(frame);
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(begin_ns > 0 ? begin_ns : 0);
  if (duration_ns > 0) GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(duration_ns);
  is_wanted_ = gst_app_src_push_buffer(GST_APP_SRC(appsrc_), buffer) == GST_FLOW_OK;
}

}  // namespace dali
