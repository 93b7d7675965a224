// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/captioner_run.h"

#include <algorithm>
#include <chrono>

#include "gst-plugin/captioner/gstdalicaptioner.h"

namespace dali {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

template <typename T>
std::shared_ptr<T> owned(T* object) {
  return std::shared_ptr<T>(object,
                            [](T* held) { gst_mini_object_unref(GST_MINI_OBJECT_CAST(held)); });
}

TextItem item_of(GstBuffer* buffer) {
  TextItem item;
  item.kind = "caption";
  item.start = GST_BUFFER_PTS(buffer);
  item.end = GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer);
  item.text.resize(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, item.text.data(), item.text.size());
  if (item.text.empty()) item.kind = "empty";
  item.object = owned(GST_MINI_OBJECT_CAST(gst_buffer_ref(buffer)));
  return item;
}

TextItem item_of(GstEvent* event) {
  TextItem item;
  item.kind = GST_EVENT_TYPE_NAME(event);
  item.seqnum = gst_event_get_seqnum(event);
  item.object = owned(GST_MINI_OBJECT_CAST(gst_event_ref(event)));
  if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
    GstClockTime duration = 0;
    gst_event_parse_gap(event, &item.start, &duration);
    item.end = item.start + duration;
    GstGapFlags flags = static_cast<GstGapFlags>(0);
    gst_event_parse_gap_flags(event, &flags);
    item.is_missing_data = (flags & GST_GAP_FLAG_MISSING_DATA) != 0;
  }
  return item;
}

GstHarness* harness(GstElement* element, const char* sink, const char* source) {
  GstHarness* harness = gst_harness_new_with_element(element, sink, source);
  gst_harness_set_live(harness, FALSE);
  return harness;
}

}  // namespace

CaptionerRun::CaptionerRun(Inputs inputs, const char* property, const char* value) {
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  use_engine(engine);
  element = gst_element_factory_make("dalicaptioner", nullptr);
  gst_object_ref_sink(element);
  bus_ = gst_bus_new();
  gst_element_set_bus(element, bus_);
  if (property) gst_util_set_object_arg(G_OBJECT(element), property, value);
  GstPad* text_pad = gst_element_get_static_pad(element, "text_src");
  gst_pad_add_probe(
      text_pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
      record, this, nullptr);
  gst_object_unref(text_pad);
  const bool has_both = inputs == Inputs::kBoth;
  if (has_both || inputs == Inputs::kAudio) audio = harness(element, "audio_sink", "audio_src");
  if (has_both || inputs == Inputs::kVideo) video = harness(element, "video_sink", "video_src");
  text = harness(element, nullptr, "text_src");
}

CaptionerRun::~CaptionerRun() {
  engine->release();
  gst_element_set_bus(element, nullptr);
  gst_object_unref(bus_);
  for (GstHarness* used : {audio, video, text}) {
    if (used) gst_harness_teardown(used);
  }
  gst_object_unref(element);
}

void CaptionerRun::open(const char* audio_caps, const char* video_caps) {
  if (audio) gst_harness_set_src_caps_str(audio, audio_caps);
  if (video) gst_harness_set_src_caps_str(video, video_caps);
}

GstFlowReturn CaptionerRun::push_sound(int from_ms, int to_ms, int piece_ms) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int at_ms = from_ms; at_ms < to_ms && flow == GST_FLOW_OK; at_ms += piece_ms) {
    flow =
        gst_harness_push(audio, sound_buffer(at_ms, std::min(at_ms + piece_ms, to_ms)).release());
  }
  return flow;
}

GstFlowReturn CaptionerRun::push_frames(int from_ms, int to_ms) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int at_ms = from_ms; at_ms < to_ms && flow == GST_FLOW_OK; at_ms += 100) {
    flow = gst_harness_push(video, frame_buffer(at_ms, at_ms + 100).release());
  }
  return flow;
}

bool CaptionerRun::push_event(GstHarness* harness, GstEvent* event) {
  return gst_harness_push_event(harness, event);
}

void CaptionerRun::end() {
  if (audio) push_event(audio, gst_event_new_eos());
  if (video) push_event(video, gst_event_new_eos());
}

std::vector<TextItem> CaptionerRun::text_until_eos() {
  return text_until("eos");
}

std::vector<TextItem> CaptionerRun::captions_until_eos() {
  std::vector<TextItem> captions = text_until_eos();
  std::erase_if(captions, [](const TextItem& item) { return item.kind != "caption"; });
  return captions;
}

std::vector<TextItem> CaptionerRun::captions_of_sound(int to_ms) {
  open();
  push_sound(0, to_ms);
  end();
  return captions_until_eos();
}

std::vector<TextItem> CaptionerRun::text_until(const std::string& kind, std::size_t count) {
  std::unique_lock lock(mutex_);
  recorded_.wait_for(lock, kPatience, [&] { return has(kind, count); });
  ck_assert_msg(has(kind, count), "no %zu of \"%s\" came out of text_src", count, kind.c_str());
  return items_;
}

std::vector<TextItem> CaptionerRun::text_so_far() {
  const std::lock_guard lock(mutex_);
  return items_;
}

std::shared_ptr<GstMessage> CaptionerRun::message(GstMessageType type, GstClockTime timeout) {
  GstMessage* message = gst_bus_timed_pop_filtered(bus_, timeout, type);
  return message ? owned(message) : nullptr;
}

GstPadProbeReturn CaptionerRun::record(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer run) {
  auto* self = static_cast<CaptionerRun*>(run);
  const std::lock_guard lock(self->mutex_);
  const bool is_buffer = (info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0;
  self->items_.push_back(is_buffer ? item_of(GST_PAD_PROBE_INFO_BUFFER(info))
                                   : item_of(GST_PAD_PROBE_INFO_EVENT(info)));
  self->recorded_.notify_all();
  return GST_PAD_PROBE_OK;
}

bool CaptionerRun::has(const std::string& kind, std::size_t count) const {
  const auto found = std::count_if(items_.begin(), items_.end(),
                                   [&](const TextItem& item) { return item.kind == kind; });
  return found >= static_cast<std::ptrdiff_t>(count);
}

GstEvent* with_seqnum(GstEvent* event, guint32 seqnum) {
  gst_event_set_seqnum(event, seqnum);
  return event;
}

GstEvent* segment_event(GstClockTime start, GstClockTime base, guint32 seqnum) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = start;
  segment.base = base;
  return with_seqnum(gst_event_new_segment(&segment), seqnum);
}

std::vector<TextItem> of_kind(std::vector<TextItem> items, const std::string& kind) {
  std::erase_if(items, [&](const TextItem& item) { return item.kind != kind; });
  return items;
}

BufferHandle sound_buffer(int from_ms, int to_ms) {
  std::vector<float> samples;
  for (int index = from_ms * 16; index < to_ms * 16; ++index) {
    samples.push_back(0.5F * static_cast<float>(index % 40009) / 40009.0F + 0.01F);
  }
  BufferHandle buffer(gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float)));
  GST_BUFFER_PTS(buffer.get()) = from_ms * GST_MSECOND;
  GST_BUFFER_DURATION(buffer.get()) = (to_ms - from_ms) * GST_MSECOND;
  return buffer;
}

BufferHandle frame_buffer(int from_ms, int to_ms) {
  // Rows of 4 RGB pixels; the colour is the time in tenths of a second.
  std::vector<std::uint8_t> pixels(24, static_cast<std::uint8_t>(from_ms / 100));
  BufferHandle buffer(gst_buffer_new_memdup(pixels.data(), pixels.size()));
  GST_BUFFER_PTS(buffer.get()) = from_ms * GST_MSECOND;
  GST_BUFFER_DURATION(buffer.get()) = (to_ms - from_ms) * GST_MSECOND;
  return buffer;
}

}  // namespace dali
