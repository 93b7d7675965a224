// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/cmaf_collector.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/hls/cmaf_forms.h"
#include "gst-plugin/streaming/access_unit.h"

#define GST_CAT_DEFAULT dali::hls_sink_category()

G_DEFINE_FINAL_TYPE(DaliCmafCollector, dali_cmaf_collector, GST_TYPE_ELEMENT)

namespace dali {
namespace {

using Input = CmafCollectorState::Input;

GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE(
    "video_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS("video/x-h264, stream-format = (string) avc, alignment = (string) au"));
GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE(
    "audio_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS("audio/mpeg, mpegversion = (int) { 2, 4 }, stream-format = (string) raw; "
                    "audio/mpeg, mpegversion = (int) 1, parsed = (boolean) true; "
                    "audio/x-ac3, framed = (boolean) true"));
GstStaticPadTemplate source_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-dali-nothing"));

CmafCollectorState& state_of(gpointer collector) {
  auto* self = static_cast<DaliCmafCollector*>(collector);
  return *std::launder(reinterpret_cast<CmafCollectorState*>(self->state));
}

Input& input_of(GstPad* pad) {
  return *static_cast<Input*>(gst_pad_get_element_private(pad));
}

void forget_media(Input& input) {
  input.track.media.samples.clear();
  input.track.media.bytes.clear();
  input.track.left_out_ns = 0;
  input.has_ended = false;
}

// A buffer's bytes, which are readable as long as this is.
class ReadBytes {
 public:
  explicit ReadBytes(GstBuffer* buffer) : buffer_(buffer) {  // borrows
    if (gst_buffer_map(buffer, &map_, GST_MAP_READ) == FALSE) {
      throw std::runtime_error("a buffer of encoded media cannot be read");
    }
  }
  ~ReadBytes() { gst_buffer_unmap(buffer_, &map_); }
  ReadBytes(const ReadBytes&) = delete;
  ReadBytes& operator=(const ReadBytes&) = delete;

  std::string_view get() const { return {reinterpret_cast<const char*>(map_.data), map_.size}; }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_ = {};
};

// Returns how many bytes were added.
std::uint32_t append(CmafTrackMedia& media, GstBuffer* buffer) {
  const ReadBytes bytes(buffer);
  const std::string_view content = bytes.get();
  if (media.track.kind == CmafTrack::Kind::kVideo) {
    return append_access_unit(media.bytes, content, media.track.length_bytes);
  }
  media.bytes += content;
  return static_cast<std::uint32_t>(content.size());
}

// Under the lock.
void collect(Input& input, GstBuffer* buffer) {
  const std::optional<std::int64_t> shown = input.clock.running_time(GST_BUFFER_PTS(buffer));
  const std::optional<std::int64_t> decoded =
      input.clock.running_time(GST_BUFFER_DTS_OR_PTS(buffer));
  if (!decoded || !input.caps) throw std::runtime_error("CMAF needs media with times and caps");
  const std::int64_t duration_ns = GST_BUFFER_DURATION_IS_VALID(buffer)
                                       ? static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer))
                                       : 0;
  if (input.form != input.next_form) {
    if (!input.track.media.samples.empty()) {
      input.track.left_out_ns += duration_ns;
      return;
    }
    input.track.media.track = cmaf_track_of(input.caps.get(), buffer);
    input.form = input.next_form;
  }
  const std::uint32_t size_bytes = append(input.track.media, buffer);
  input.track.media.samples.push_back(
      {.decode_time_ns = *decoded,
       .time_ns = shown.value_or(*decoded),
       .duration_ns = duration_ns,
       .size_bytes = size_bytes,
       .is_key = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)});
}

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  const BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    const std::lock_guard lock(state_of(parent).mutex);
    collect(input_of(pad), owned.get());
    return GST_FLOW_OK;
  });
}

// Nothing but its end goes on.
void push_end(GstPad* source, guint32 seqnum) {
  g_autoptr(GstCaps) caps = gst_pad_get_pad_template_caps(source);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  for (GstEvent* event : {gst_event_new_stream_start("nothing"), gst_event_new_caps(caps),
                          gst_event_new_segment(&segment), gst_event_new_eos()}) {
    gst_event_set_seqnum(event, seqnum);
    gst_pad_push_event(source, event);
  }
}

void end_input(DaliCmafCollector* self, GstPad* pad, guint32 seqnum) {
  CmafCollectorState& state = state_of(self);
  std::vector<CollectedTrack> tracks;
  CmafCollectorState::Taker taker;
  {
    const std::lock_guard lock(state.mutex);
    input_of(pad).has_ended = true;
    const bool is_end = std::all_of(state.inputs.begin(), state.inputs.end(),
                                    [](const auto& input) { return input->has_ended; });
    if (!is_end) return;
    for (const auto& input : state.inputs) {
      CmafTrackMedia& media = input->track.media;
      if (!media.samples.empty()) {
        tracks.push_back({.media = {.track = media.track,
                                    .samples = std::exchange(media.samples, {}),
                                    .bytes = std::exchange(media.bytes, {})},
                          .left_out_ns = input->track.left_out_ns});
      }
      forget_media(*input);
    }
    taker = state.taker;
  }
  taker(std::move(tracks));
  push_end(state.source, seqnum);
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  const EventHandle owned(event);
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    DaliCmafCollector* self = DALI_CMAF_COLLECTOR(parent);
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    CmafCollectorState& state = state_of(self);
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_CAPS: {
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event, &caps);
        const std::lock_guard lock(state.mutex);
        Input& input = input_of(pad);
        input.caps.reset(gst_caps_ref(caps));
        input.next_form = cmaf_form_of(caps);
        return TRUE;
      }
      case GST_EVENT_SEGMENT: {
        const std::lock_guard lock(state.mutex);
        input_of(pad).clock.take_segment(event);
        return TRUE;
      }
      case GST_EVENT_EOS:
        end_input(self, pad, gst_event_get_seqnum(event));
        return TRUE;
      default:
        return TRUE;
    }
  });
}

GstPad* add_pad(DaliCmafCollector* self, GstPadTemplate* pad_template, const gchar* name) {
  CmafCollectorState& state = state_of(self);
  GstPad* const pad = gst_pad_new_from_template(pad_template, name);
  gst_pad_set_chain_function(pad, chain);
  gst_pad_set_event_function(pad, sink_event);
  {
    const std::lock_guard lock(state.mutex);
    state.inputs.push_back(std::make_unique<Input>());
    gst_pad_set_element_private(pad, state.inputs.back().get());
  }
  gst_element_add_pad(GST_ELEMENT(self), pad);
  return pad;
}

void remove_pad(DaliCmafCollector* self, GstPad* pad) {
  CmafCollectorState& state = state_of(self);
  gst_pad_set_active(pad, FALSE);
  {
    const std::lock_guard lock(state.mutex);
    const void* const input = gst_pad_get_element_private(pad);
    std::erase_if(state.inputs, [&](const auto& each) { return each.get() == input; });
    gst_pad_set_element_private(pad, nullptr);
  }
  gst_element_remove_pad(GST_ELEMENT(self), pad);
}

// What a segment had that is given up goes; the next one begins with events of its own.
void reset(DaliCmafCollector* self) {
  CmafCollectorState& state = state_of(self);
  const std::lock_guard lock(state.mutex);
  for (const auto& input : state.inputs) forget_media(*input);
}

}  // namespace

GstElement* new_cmaf_collector(CmafCollectorState::Taker taker) {
  auto* const collector =
      GST_ELEMENT(g_object_new(DALI_TYPE_CMAF_COLLECTOR, "name", "collector", nullptr));
  state_of(collector).taker = std::move(taker);
  return collector;
}

}  // namespace dali

static GstPad* dali_cmaf_collector_request_new_pad(GstElement* element,
                                                   GstPadTemplate* pad_template, const gchar* name,
                                                   const GstCaps* /*caps*/) {
  return dali::no_exception_escapes<GstPad*>(element, nullptr, [&] {
    return dali::add_pad(DALI_CMAF_COLLECTOR(element), pad_template, name);
  });
}

static void dali_cmaf_collector_release_pad(GstElement* element, GstPad* pad) {
  dali::no_exception_escapes(element, [&] { dali::remove_pad(DALI_CMAF_COLLECTOR(element), pad); });
}

static GstStateChangeReturn dali_cmaf_collector_change_state(GstElement* element,
                                                             GstStateChange transition) {
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(dali_cmaf_collector_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) dali::reset(DALI_CMAF_COLLECTOR(element));
  return result;
}

static void dali_cmaf_collector_finalize(GObject* object) {
  dali::state_of(object).~CmafCollectorState();
  G_OBJECT_CLASS(dali_cmaf_collector_parent_class)->finalize(object);
}

static void dali_cmaf_collector_init(DaliCmafCollector* self) {
  new (self->state) dali::CmafCollectorState();
  GstPad* const source = gst_pad_new_from_static_template(&dali::source_template, "src");
  gst_pad_use_fixed_caps(source);
  dali::state_of(self).source = source;
  gst_element_add_pad(GST_ELEMENT(self), source);
}

static void dali_cmaf_collector_class_init(DaliCmafCollectorClass* collector_class) {
  G_OBJECT_CLASS(collector_class)->finalize = dali_cmaf_collector_finalize;
  GstElementClass* element_class = GST_ELEMENT_CLASS(collector_class);
  element_class->request_new_pad = dali_cmaf_collector_request_new_pad;
  element_class->release_pad = dali_cmaf_collector_release_pad;
  element_class->change_state = dali_cmaf_collector_change_state;
  for (GstStaticPadTemplate* pad_template :
       {&dali::video_template, &dali::audio_template, &dali::source_template}) {
    gst_element_class_add_static_pad_template(element_class, pad_template);
  }
  gst_element_class_set_static_metadata(element_class, "DALI CMAF collector", "Muxer",
                                        "Gives a segment's samples to whoever writes them",
                                        "The gst-dali authors");
}
