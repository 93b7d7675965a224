// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/gstdalihlssink.h"

#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/hls/hls_properties.h"
#include "gst-plugin/text_buffers.h"

#define GST_CAT_DEFAULT dali::hls_sink_category()

G_DEFINE_FINAL_TYPE(GstDaliHlsSink, gst_dali_hls_sink, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalihlssink, "dalihlssink", GST_RANK_NONE,
                                      GST_TYPE_DALI_HLS_SINK, dali::hls_sink_category())

namespace dali {
namespace {

GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE(
    "video", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("video/x-h264"));
// What mpegtsmux takes and players of HLS play.
GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS("audio/mpeg, mpegversion = (int) { 2, 4 }, framed = (boolean) true, "
                    "stream-format = (string) { raw, adts }; "
                    "audio/mpeg, mpegversion = (int) 1, parsed = (boolean) true; "
                    "audio/x-ac3, framed = (boolean) true"));
GstStaticPadTemplate text_template =
    GST_STATIC_PAD_TEMPLATE("text", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(kAnyTextCaps));

HlsSinkState& state_of(gpointer sink) {
  auto* self = static_cast<GstDaliHlsSink*>(sink);
  return *std::launder(reinterpret_cast<HlsSinkState*>(self->state));
}

std::shared_ptr<HlsStream> stream_of(gpointer sink) {
  HlsSinkState& state = state_of(sink);
  const std::lock_guard lock(state.mutex);
  return state.stream;
}

// In the bin, which owns it.
GstElement* add_element(GstDaliHlsSink* self, const char* factory, const char* name) {
  GstElement* const element = gst_element_factory_make(factory, name);
  if (!element) {
    throw std::runtime_error(std::string("dalihlssink needs the element ") + factory +
                             ", which is not installed");
  }
  gst_bin_add(GST_BIN(self), element);
  return element;
}

gchar* format_location(GstElement* /*muxer*/, guint /*fragment*/, gpointer sink) {
  return no_exception_escapes<gchar*>(GST_ELEMENT(sink), nullptr, [&]() -> gchar* {
    const std::shared_ptr<HlsStream> stream = stream_of(sink);
    return stream ? g_strdup(stream->next_path().c_str()) : nullptr;
  });
}

HlsSettings settings_of(GstDaliHlsSink* self) {
  GST_OBJECT_LOCK(self);
  HlsSettings settings = state_of(self).settings;
  GST_OBJECT_UNLOCK(self);
  return settings;
}

GstElement* behind(GstPad* ghost) {  // returns owned
  g_autoptr(GstPad) target = gst_ghost_pad_get_target(GST_GHOST_PAD(ghost));
  return target ? gst_pad_get_parent_element(target) : nullptr;
}

bool wants_fragments(GstDaliHlsSink* self) {
  return is_name_of_fragments(settings_of(self).location);
}

void set_up(GstDaliHlsSink* self, GstElement* muxer) {
  const HlsSettings settings = settings_of(self);
  g_object_set(muxer, "max-size-time", settings.target_duration_s * GST_SECOND,
               "send-keyframe-requests", static_cast<gboolean>(settings.send_keyframe_requests),
               nullptr);
  GstPad* const video = state_of(self).video;
  g_autoptr(GstElement) parser = video ? behind(video) : nullptr;
  // Whoever comes late begins with any segment of a transport stream; before fragments stands what
  // they need in a file of its own.
  if (parser) g_object_set(parser, "config-interval", wants_fragments(self) ? 0 : -1, nullptr);
}

// Returns floating, and takes no reference to the sink, which owns it.
GstElement* new_collector(GstDaliHlsSink* self) {
  return new_cmaf_collector([self](std::vector<CollectedTrack> tracks) {
    if (const std::shared_ptr<HlsStream> stream = stream_of(self)) {
      stream->collect(std::move(tracks));
    }
  });
}

// Once there is something for it to mux.
GstElement* muxer_of(GstDaliHlsSink* self) {
  HlsSinkState& state = state_of(self);
  if (state.muxer) return state.muxer;
  state.has_collector = wants_fragments(self);
  GstElement* const transport =
      state.has_collector ? new_collector(self) : gst_element_factory_make("mpegtsmux", nullptr);
  if (!transport) {
    throw std::runtime_error("dalihlssink needs the element mpegtsmux, which is not installed");
  }
  state.muxer = add_element(self, "splitmuxsink", "segments");
  // A transport stream goes on through its segments; the collector has an end with each.
  g_object_set(state.muxer, "muxer", transport, "reset-muxer",
               static_cast<gboolean>(state.has_collector), nullptr);
  g_signal_connect(state.muxer, "format-location", G_CALLBACK(format_location), self);
  return state.muxer;
}

template <StreamInput kInput>
GstPadProbeReturn probe_media(GstPad* pad, GstPadProbeInfo* info, gpointer sink) {
  return no_exception_escapes(GST_ELEMENT(sink), GST_PAD_PROBE_OK, [&] {
    GST_TRACE_OBJECT(pad, "%" GST_PTR_FORMAT, printed(info->data));
    const std::shared_ptr<HlsStream> stream = stream_of(sink);
    return stream ? stream->pass_media(kInput, info) : GST_PAD_PROBE_OK;
  });
}

GstPadProbeReturn probe_text(GstPad* pad, GstPadProbeInfo* info, gpointer sink) {
  return no_exception_escapes(GST_ELEMENT(sink), GST_PAD_PROBE_OK, [&] {
    GST_TRACE_OBJECT(pad, "%" GST_PTR_FORMAT, printed(info->data));
    const std::shared_ptr<HlsStream> stream = stream_of(sink);
    return stream ? stream->pass_text(info) : GST_PAD_PROBE_OK;
  });
}

constexpr auto kProbed = static_cast<GstPadProbeType>(
    GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
    GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH);

GstPad* show(GstDaliHlsSink* self, GstElement* first, GstPadTemplate* pad_template) {
  g_autoptr(GstPad) target = gst_element_get_static_pad(first, "sink");
  GstPad* const ghost = gst_ghost_pad_new_from_template(
      GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template), target, pad_template);
  gst_pad_set_active(ghost, TRUE);
  gst_element_add_pad(GST_ELEMENT(self), ghost);
  return ghost;
}

void link_to_muxer(GstElement* muxer, GstElement* first, bool is_video) {
  g_autoptr(GstPad) source = gst_element_get_static_pad(first, "src");
  g_autoptr(GstPad) sink = gst_element_request_pad_simple(muxer, is_video ? "video" : "audio_0");
  if (!sink || GST_PAD_LINK_FAILED(gst_pad_link(source, sink))) {
    throw std::runtime_error("dalihlssink cannot link its muxer");
  }
}

void unlink_from_muxer(GstElement* muxer, GstElement* first) {
  g_autoptr(GstPad) source = gst_element_get_static_pad(first, "src");
  g_autoptr(GstPad) sink = source ? gst_pad_get_peer(source) : nullptr;
  if (!sink) return;
  gst_pad_unlink(source, sink);
  gst_element_release_request_pad(muxer, sink);
}

// A splitmuxsink of GStreamer 1.22 knows the times of the run before for as long as it has its
// pads.
void renew_muxer(GstDaliHlsSink* self) {
  HlsSinkState& state = state_of(self);
  GstElement* const used = std::exchange(state.muxer, nullptr);
  gst_element_set_locked_state(used, TRUE);
  gst_element_set_state(used, GST_STATE_NULL);
  for (GstPad* const ghost : {state.video, state.audio}) {
    g_autoptr(GstElement) first = ghost ? behind(ghost) : nullptr;
    if (first) unlink_from_muxer(used, first);
  }
  gst_bin_remove(GST_BIN(self), used);
  GstElement* const fresh = muxer_of(self);
  for (GstPad* const ghost : {state.video, state.audio}) {
    g_autoptr(GstElement) first = ghost ? behind(ghost) : nullptr;
    if (first) link_to_muxer(fresh, first, ghost == state.video);
  }
  gst_element_sync_state_with_parent(fresh);
}

GstPad* add_media(GstDaliHlsSink* self, GstPadTemplate* pad_template, bool is_video) {
  GstElement* const muxer = muxer_of(self);
  GstElement* const first = is_video ? add_element(self, "h264parse", "video-parser")
                                     : add_element(self, "identity", "audio-passer");
  link_to_muxer(muxer, first, is_video);
  g_autoptr(GstPad) source = gst_element_get_static_pad(first, "src");
  gst_pad_add_probe(source, kProbed,
                    is_video ? probe_media<StreamInput::kVideo> : probe_media<StreamInput::kAudio>,
                    self, nullptr);
  GstPad* const shown = show(self, first, pad_template);
  gst_element_sync_state_with_parent(first);
  return shown;
}

GstPad* add_text(GstDaliHlsSink* self, GstPadTemplate* pad_template) {
  GstElement* const end = add_element(self, "fakesink", "text-end");
  // It is here to be looked at, whenever it comes.
  g_object_set(end, "sync", FALSE, "async", FALSE, nullptr);
  g_autoptr(GstPad) sink = gst_element_get_static_pad(end, "sink");
  gst_pad_add_probe(sink, kProbed, probe_text, self, nullptr);
  GstPad* const shown = show(self, end, pad_template);
  gst_element_sync_state_with_parent(end);
  return shown;
}

void tell_inputs(GstDaliHlsSink* self, HlsStream& stream) {
  const HlsSinkState& state = state_of(self);
  if (state.video) stream.add_media(StreamInput::kVideo, state.muxer);
  if (state.audio) stream.add_media(StreamInput::kAudio, state.muxer);
  if (state.text) stream.add_text();
}

GstPad* add_pad(GstDaliHlsSink* self, GstPadTemplate* pad_template) {
  HlsSinkState& state = state_of(self);
  const std::string_view name = GST_PAD_TEMPLATE_NAME_TEMPLATE(pad_template);
  GstPad*& place = name == "video" ? state.video : (name == "audio" ? state.audio : state.text);
  if (place) return nullptr;
  place = name == "text" ? add_text(self, pad_template)
                         : add_media(self, pad_template, name == "video");
  if (const std::shared_ptr<HlsStream> stream = stream_of(self)) tell_inputs(self, *stream);
  return place;
}

// With the element behind it, and what that is linked to.
void remove_pad(GstDaliHlsSink* self, GstPad* pad) {
  HlsSinkState& state = state_of(self);
  GstPad** const places[] = {&state.video, &state.audio, &state.text};
  for (GstPad** const place : places) {
    if (*place != pad) continue;
    *place = nullptr;
    g_autoptr(GstElement) first = behind(pad);
    gst_ghost_pad_set_target(GST_GHOST_PAD(pad), nullptr);
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(GST_ELEMENT(self), pad);
    if (!first) return;
    gst_element_set_locked_state(first, TRUE);
    gst_element_set_state(first, GST_STATE_NULL);
    if (state.muxer) unlink_from_muxer(state.muxer, first);
    gst_bin_remove(GST_BIN(self), first);
    return;
  }
}

void begin_stream(GstDaliHlsSink* self) {
  HlsSinkState& state = state_of(self);
  // Settings may have changed since there are pads.
  if (state.muxer && state.has_collector != wants_fragments(self)) renew_muxer(self);
  set_up(self, muxer_of(self));
  auto stream = std::make_shared<HlsStream>(GST_ELEMENT(self), settings_of(self));
  tell_inputs(self, *stream);
  const std::lock_guard lock(state.mutex);
  state.stream = std::move(stream);
  state.ended = 0;
}

void end_stream(GstDaliHlsSink* self) {
  HlsSinkState& state = state_of(self);
  std::shared_ptr<HlsStream> stream;
  {
    const std::lock_guard lock(state.mutex);
    stream = std::move(state.stream);
    state.stream = nullptr;
  }
  if (!stream) return;
  // Where the disk is full, too, another run has to find a fresh one.
  renew_muxer(self);
  stream->close(HlsPublisher::Ending::kStop);
}

// The end is written before anybody hears of it.
void hear(GstDaliHlsSink* self, GstMessage* message) {
  HlsSinkState& state = state_of(self);
  const std::shared_ptr<HlsStream> stream = stream_of(self);
  if (!stream) return;
  stream->hear(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_EOS) return;
  const unsigned sinks = state.text ? 2 : 1;
  bool is_end = false;
  {
    const std::lock_guard lock(state.mutex);
    is_end = ++state.ended == sinks;
  }
  if (is_end) stream->close(HlsPublisher::Ending::kEnd);
}

}  // namespace
}  // namespace dali

static void gst_dali_hls_sink_handle_message(GstBin* bin, GstMessage* message) {
  // Nothing inside goes by the pipeline's latency, and the muxer tells of it with each segment.
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_LATENCY) {
    gst_message_unref(message);
    return;
  }
  dali::no_exception_escapes(GST_ELEMENT(bin),
                             [&] { dali::hear(GST_DALI_HLS_SINK(bin), message); });
  GST_BIN_CLASS(gst_dali_hls_sink_parent_class)->handle_message(bin, message);
}

static GstPad* gst_dali_hls_sink_request_new_pad(GstElement* element, GstPadTemplate* pad_template,
                                                 const gchar* /*name*/, const GstCaps* /*caps*/) {
  return dali::no_exception_escapes<GstPad*>(
      element, nullptr, [&] { return dali::add_pad(GST_DALI_HLS_SINK(element), pad_template); });
}

static void gst_dali_hls_sink_release_pad(GstElement* element, GstPad* pad) {
  dali::no_exception_escapes(element, [&] { dali::remove_pad(GST_DALI_HLS_SINK(element), pad); });
}

static GstStateChangeReturn gst_dali_hls_sink_change_state(GstElement* element,
                                                           GstStateChange transition) {
  GstDaliHlsSink* self = GST_DALI_HLS_SINK(element);
  const bool has_begun = dali::no_exception_escapes(element, false, [&] {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) dali::begin_stream(self);
    return true;
  });
  if (!has_begun) return GST_STATE_CHANGE_FAILURE;
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_dali_hls_sink_parent_class)->change_state(element, transition);
  const bool is_over =
      transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE);
  if (is_over) dali::no_exception_escapes(element, [&] { dali::end_stream(self); });
  return result;
}

static void gst_dali_hls_sink_set_property(GObject* object, guint property, const GValue* value,
                                           GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::hls_properties().set(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_hls_sink_get_property(GObject* object, guint property, GValue* value,
                                           GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    dali::HlsReadings readings;
    if (const auto stream = dali::stream_of(object)) readings.stats = stream->stats();
    if (dali::hls_readings().get(readings, property, value)) return;
    GST_OBJECT_LOCK(object);
    const bool is_known =
        dali::hls_properties().get(dali::state_of(object).settings, property, value);
    GST_OBJECT_UNLOCK(object);
    if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
  });
}

static void gst_dali_hls_sink_finalize(GObject* object) {
  dali::state_of(object).~HlsSinkState();
  G_OBJECT_CLASS(gst_dali_hls_sink_parent_class)->finalize(object);
}

static void gst_dali_hls_sink_init(GstDaliHlsSink* self) {
  new (self->state) dali::HlsSinkState();
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
}

static void gst_dali_hls_sink_class_init(GstDaliHlsSinkClass* sink_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(sink_class);
  object_class->set_property = gst_dali_hls_sink_set_property;
  object_class->get_property = gst_dali_hls_sink_get_property;
  object_class->finalize = gst_dali_hls_sink_finalize;
  dali::hls_properties().install(object_class);
  dali::hls_readings().install(object_class);

  GST_BIN_CLASS(sink_class)->handle_message = gst_dali_hls_sink_handle_message;
  GstElementClass* element_class = GST_ELEMENT_CLASS(sink_class);
  dali::set_category(element_class, dali::hls_sink_category());
  element_class->request_new_pad = gst_dali_hls_sink_request_new_pad;
  element_class->release_pad = gst_dali_hls_sink_release_pad;
  element_class->change_state = gst_dali_hls_sink_change_state;
  for (GstStaticPadTemplate* pad_template :
       {&dali::audio_template, &dali::video_template, &dali::text_template}) {
    gst_element_class_add_static_pad_template(element_class, pad_template);
  }
  gst_element_class_set_static_metadata(
      element_class, "DALI HLS sink", "Sink/Muxer",
      "Writes sound, pictures and their captions as HTTP live streaming: segments of an MPEG "
      "transport stream or of CMAF, segments of WebVTT or wvtt in step with them, and their "
      "playlists",
      "The gst-dali authors");
}
