// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/media_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "media/decoding/mp4_orientations.h"
#include "media/decoding/picture_viewer.h"
#include "media/decoding/short_tracks.h"
#include "media/decoding/stream_choice.h"
#include "media/decoding/stretch_receiver.h"
#include "model/base/window.h"

namespace dali {
namespace {

struct SampleDeleter {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using SamplePointer = std::unique_ptr<GstSample, SampleDeleter>;

std::string audio_conversion() {
  return fmt::format(
      "audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate={},layout=interleaved",
      kSampleRateHz);
}

}  // namespace

MediaDecoder::MediaDecoder(const std::filesystem::path& file, MediaSinks sinks)
    : file_(file),
      sinks_(std::move(sinks)),
      orientations_(mp4_orientations(file)),
      pipeline_("filesrc name=file ! decodebin name=decoder", file, file) {
  const ElementPointer decoder = pipeline_.element("decoder");
  g_signal_connect(decoder.get(), "pad-added", G_CALLBACK(&on_pad_added), this);
  g_signal_connect(decoder.get(), "no-more-pads", G_CALLBACK(&on_no_more_pads), this);
  g_signal_connect(decoder.get(), "unknown-type", G_CALLBACK(&on_unknown_type), this);
  keep_short_tracks(decoder.get());
}

MediaDecoder::~MediaDecoder() = default;

std::optional<double> MediaDecoder::prepare() {
  try {
    pipeline_.pause();
  } catch (const std::runtime_error&) {
    rethrow_failure();
    throw;
  }
  gint64 duration_ns = 0;
  if (!gst_element_query_duration(pipeline_.pipeline(), GST_FORMAT_TIME, &duration_ns) ||
      duration_ns <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(duration_ns) / GST_SECOND;
}

void MediaDecoder::run() {
  try {
    pipeline_.play_to_end();
  } catch (const std::runtime_error&) {
    rethrow_failure();
    throw;
  }
}

void MediaDecoder::run_stretch(double start_s, double end_s) {
  pipeline_.seek(start_s, end_s);
  run();
}

// Our own failure says more than the pipeline's error, which only follows from it.
void MediaDecoder::rethrow_failure() {
  const std::lock_guard lock(failure_mutex_);
  if (!failure_) return;
  try {
    std::rethrow_exception(failure_);
  } catch (const std::exception& error) {
    throw std::runtime_error(file_.string() + ": " + error.what());
  }
}

bool MediaDecoder::no_exception_escapes(const std::function<void()>& body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
    return false;
  }
}

void MediaDecoder::on_pad_added(GstElement* /*decoder*/, GstPad* pad, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  decoder->no_exception_escapes([&] {
    const std::lock_guard lock(decoder->streams_mutex_);
    decoder->pads_.emplace_back(GST_PAD(gst_object_ref(pad)));
  });
}

void MediaDecoder::on_no_more_pads(GstElement* /*decoder*/, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  decoder->no_exception_escapes([&] { decoder->link_default_pads(); });
}

void MediaDecoder::on_unknown_type(GstElement* /*decoder*/, GstPad* /*pad*/, GstCaps* caps,
                                   gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  decoder->no_exception_escapes([&] {
    const std::string type(type_of(caps));
    const std::lock_guard lock(decoder->streams_mutex_);
    if (type.starts_with("audio/")) decoder->unknown_types_[Kind::kAudio] = type;
    if (type.starts_with("video/")) decoder->unknown_types_[Kind::kVideo] = type;
  });
}

void MediaDecoder::link_default_pads() {
  const std::lock_guard lock(streams_mutex_);
  if (GstPad* pad = default_pad(pads_, "audio/x-raw")) link(pad, Kind::kAudio);
  GstPad* video = sinks_.frame ? default_pad(pads_, "video/x-raw") : nullptr;
  if (video != nullptr) link(video, Kind::kVideo);
  pads_.clear();  // a file that goes on with other streams has new ones
}

// Streams that follow on those of before go where these went.
void MediaDecoder::link(GstPad* pad, Kind kind) {
  if (kind == Kind::kVideo) {
    const auto track = track_of(pad);
    const auto known = track ? orientations_.find(*track) : orientations_.end();
    orientation_.reset();
    if (known != orientations_.end()) orientation_ = known->second;
  }
  if (const auto entry = entries_.find(kind); entry != entries_.end()) {
    if (!gst_pad_is_linked(entry->second.get())) gst_pad_link(pad, entry->second.get());
    return;
  }
  if (kind == Kind::kAudio) {
    PadPointer entry = add_branch(pad, audio_conversion(), &on_audio);
    watch_start(entry.get());
    entries_.emplace(kind, std::move(entry));
  } else {
    // In memory that can be read: a decoder may have a graphics card's.
    PadPointer entry = add_branch(pad, "capsfilter caps=video/x-raw", &on_frame);
    watch_start(entry.get());
    gst_pad_add_probe(entry.get(), GST_PAD_PROBE_TYPE_BUFFER, &on_decoded, this, nullptr);
    entries_.emplace(kind, std::move(entry));
  }
}

void MediaDecoder::watch_start(GstPad* entry) {
  const auto what =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(entry, what, &on_start, this, nullptr);
}

double MediaDecoder::origin_s() {
  const std::lock_guard lock(streams_mutex_);
  std::optional<double> first_s;
  for (const auto& [kind, start_s] : starts_s_) {
    first_s = first_s ? std::min(*first_s, start_s) : start_s;
  }
  return first_s.value_or(0.0);
}

std::vector<std::string> MediaDecoder::undecoded() {
  const std::lock_guard lock(streams_mutex_);
  std::vector<std::string> lines;
  for (const auto& [kind, type] : unknown_types_) {
    const bool is_wanted = kind == Kind::kAudio || sinks_.frame;
    if (!is_wanted || entries_.contains(kind)) continue;
    lines.push_back(fmt::format("its {} ({}) cannot be decoded",
                                kind == Kind::kAudio ? "sound" : "video", type));
  }
  return lines;
}

bool MediaDecoder::has_sound() {
  const std::lock_guard lock(streams_mutex_);
  return entries_.contains(Kind::kAudio);
}

bool MediaDecoder::has_video() {
  const std::lock_guard lock(streams_mutex_);
  return entries_.contains(Kind::kVideo);
}

double MediaDecoder::stamp_offset_s() {
  const std::lock_guard lock(streams_mutex_);
  return stamp_offset_s_;
}

void MediaDecoder::note_start(GstPad* pad, GstClockTime start, bool is_final) {
  const std::lock_guard lock(streams_mutex_);
  for (const auto& [kind, entry] : entries_) {
    // After a seek others come first.
    if (entry.get() != pad || started_.contains(kind) || !GST_CLOCK_TIME_IS_VALID(start)) continue;
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == nullptr) continue;
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    const double start_s = std::max(0.0, stream_seconds(segment, start));
    starts_s_[kind] = start_s;
    stamp_offset_s_ = std::max(stamp_offset_s_, static_cast<double>(start) / GST_SECOND - start_s);
    if (is_final) started_.insert(kind);
  }
}

GstPadProbeReturn MediaDecoder::on_start(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  decoder->no_exception_escapes([&] {
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
      decoder->note_start(pad, GST_BUFFER_PTS(buffer), /*is_final=*/true);
      return;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) != GST_EVENT_GAP) return;
    GstClockTime begin = 0;
    GstClockTime duration = 0;
    gst_event_parse_gap(event, &begin, &duration);
    if (!GST_CLOCK_TIME_IS_VALID(duration)) duration = 0;
    decoder->note_start(pad, begin + duration, /*is_final=*/false);
  });
  return GST_PAD_PROBE_OK;
}

PadPointer MediaDecoder::add_branch(GstPad* pad, const std::string& conversion,
                                    GstFlowReturn (*on_sample)(GstAppSink*, gpointer)) {
  const std::string text = conversion + " ! appsink name=sink sync=false max-buffers=2";
  const gboolean has_ghost_pads = TRUE;
  g_autoptr(GError) error = nullptr;
  GstElement* branch = gst_parse_bin_from_description(text.c_str(), has_ghost_pads, &error);
  if (error != nullptr) throw std::runtime_error(error->message);
  gst_bin_add(GST_BIN(pipeline_.pipeline()), branch);  // takes the branch

  const ElementPointer sink(gst_bin_get_by_name(GST_BIN(branch), "sink"));
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, this, nullptr);
  PadPointer entry(gst_element_get_static_pad(branch, "sink"));
  gst_element_sync_state_with_parent(branch);
  gst_pad_link(pad, entry.get());
  return entry;
}

GstFlowReturn MediaDecoder::on_audio(GstAppSink* sink, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  return decoder->deliver(sink, decoder->sinks_.audio);
}

GstFlowReturn MediaDecoder::on_frame(GstAppSink* sink, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  return decoder->deliver(sink, [&](GstSample* sample) {
    const PadPointer pad(gst_element_get_static_pad(GST_ELEMENT(sink), "sink"));
    std::optional<PictureOrientation> orientation;
    {
      const std::lock_guard lock(decoder->streams_mutex_);
      orientation = decoder->orientation_;
    }
    decoder->sinks_.frame(sample, orientation.value_or(orientation_by_tags(pad.get())));
  });
}

GstFlowReturn MediaDecoder::deliver(GstAppSink* sink,
                                    const std::function<void(GstSample*)>& receive) {
  const bool has_worked = no_exception_escapes([&] {
    const SamplePointer sample(gst_app_sink_pull_sample(sink));
    if (sample) receive(sample.get());
  });
  return has_worked ? GST_FLOW_OK : GST_FLOW_ERROR;
}

GstPadProbeReturn MediaDecoder::on_decoded(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  bool is_wanted = true;
  decoder->no_exception_escapes([&] {
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == nullptr) return;
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    is_wanted = decoder->sinks_.wants_frame(segment, GST_PAD_PROBE_INFO_BUFFER(info));
  });
  return is_wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

}  // namespace dali
