// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_element.h"

#include <stdexcept>

#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/missing_input.h"
#include "gst-plugin/debug_categories.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

bool is_anything_linked(GstElement* element) {
  bool is_linked = false;
  GST_OBJECT_LOCK(element);
  for (GList* pad = element->srcpads; pad; pad = pad->next) {
    is_linked |= gst_pad_is_linked(GST_PAD(pad->data));
  }
  GST_OBJECT_UNLOCK(element);
  return is_linked;
}

GstFlowReturn flow_of(PushResult result) {
  switch (result) {
    case PushResult::kFlushing:
      return GST_FLOW_FLUSHING;
    case PushResult::kFailed:
      return GST_FLOW_ERROR;
    case PushResult::kOk:
      break;
  }
  return GST_FLOW_OK;
}

}  // namespace

CaptionerElement::CaptionerElement(GstElement* element, GstPad* text_pad)
    : element_(element),
      log_(element),
      audio_(element, Input::kAudio),
      video_(element, Input::kVideo),
      text_(element, text_pad, [this] { return text_deadline(); }),
      delivery_(element, text_, latency_, probes_, log_),
      session_(delivery_, {}, log_),
      sampling_(element, session_, text_),
      loading_(element, session_) {
  const std::lock_guard lock(settings_mutex_);
  hand_down_settings();
}

void CaptionerElement::begin_loading() {
  const CaptionerSettings current = settings();
  loading_.begin(engine_key(current), current.priority);
}

void CaptionerElement::end_loading() {
  loading_.end();
}

void CaptionerElement::start() {
  const CaptionerSettings current = settings();
  const std::string refusal = contradiction(current);
  if (!refusal.empty()) throw std::runtime_error(refusal);
  is_started_ = true;
  delivery_.start(current.json_location, current.dump_location);
  session_.start();
  text_.reset(session_.epoch());
}

void CaptionerElement::interrupt() {
  session_.interrupt();
}

void CaptionerElement::stop() {
  late_look_.cancel();
  is_started_ = false;
  session_.stop();
  delivery_.stop();
  probes_.forget();
  text_.reset(session_.epoch());
  for (MediaPads* pads : {&audio_, &video_}) {
    pads->forget_empty_stream();
    if (pads->is_given_up()) {
      expect_missing(*pads);
    } else {
      pads->expect_stream();
    }
  }
  sampling_.end_run();
}

bool CaptionerElement::set_property(guint property, const GValue* value) {
  bool is_latency_other = false;
  std::string new_contradiction;
  {
    const std::lock_guard lock(settings_mutex_);
    const bool was_well = contradiction(settings_).empty();
    if (!captioner_properties().set(settings_, property, value)) return false;
    if (was_well) new_contradiction = contradiction(settings_);
    is_latency_other = hand_down_settings();
  }
  // Before it starts, start() refuses it, and the other properties may yet be set.
  if (!new_contradiction.empty() && is_started_) {
    GST_ELEMENT_WARNING(element_, LIBRARY, SETTINGS, ("%s", new_contradiction.c_str()),
                        ("Windows end at their full length alone until that is changed."));
  }
  if (is_latency_other) post_latency(element_, latency_);
  return true;
}

bool CaptionerElement::get_property(guint property, GValue* value) const {
  const CaptionerSettings current = settings();
  if (captioner_properties().get(current, property, value)) return true;
  const CaptionerReadings readings{
      .stats = stats_structure(session_.stats(), loading_.load_ns(), loading_.precision()),
      .max_observed_delay_ms = static_cast<guint>(delivery_.max_observed_delay().count()),
      .contradiction = contradiction(current)};
  return captioner_readings().get(readings, property, value);
}

CaptionerSettings CaptionerElement::settings() const {
  const std::lock_guard lock(settings_mutex_);
  return settings_;
}

bool CaptionerElement::hand_down_settings() {
  session_.set_settings(window_settings(settings_));
  delivery_.set_settings(delivery_settings(settings_));
  text_.set_settings(text_settings(settings_));
  sampling_.set_passthrough(settings_.passthrough);
  sampling_.set_looks_for_shots(window_settings(settings_).ends_at_shots);
  sampling_.set_video_direction(settings_.video_direction);
  return latency_.set_timing(live_timing(settings_));
}

GstPad* CaptionerElement::request_pads(Input input) {
  MediaPads& pads = input == Input::kAudio ? audio_ : video_;
  GstPad* const sink = new_sink(element_, pads);
  GstPad* const source = new_source(element_, pads);
  const bool is_added = pads.add(sink, source);
  GST_DEBUG_OBJECT(element_, "%s is asked for%s", GST_PAD_NAME(sink),
                   is_added ? "" : ", but there is one already");
  if (!is_added) {
    for (GstPad* unused : {sink, source}) gst_object_unref(gst_object_ref_sink(unused));
    return nullptr;
  }
  latency_.add(input);
  pads.expect_stream();
  add_pad(element_, source);
  add_pad(element_, sink);
  return sink;
}

void CaptionerElement::release_pads(GstPad* sink) {
  MediaPads& pads = media_pads_of(sink);
  g_autoptr(GstPad) source = pads.remove(sink);
  if (!source) return;
  GST_DEBUG_OBJECT(element_, "%s is given back", GST_PAD_NAME(sink));
  latency_.remove(pads.input());
  // Wakes a chain that waits for the model; then the pads can be taken down.
  set_present(pads.input(), false);
  pads.expect_stream();
  // A stream that is taken away in its middle may come back; an attempt to link comes before there
  // are data.
  if (other(pads).is_flowing()) pads.give_up();
  other(pads).end_flush_of_empty_stream();
  gst_pad_set_active(sink, FALSE);
  gst_pad_set_active(source, FALSE);
  gst_element_remove_pad(element_, source);
  gst_element_remove_pad(element_, sink);
}

void CaptionerElement::link_again(GstPad* source) {
  for (const MediaPads* pads : {&audio_, &video_}) pads->link_again(source);
}

void CaptionerElement::note_link(MediaPads& pads, bool is_linked) {
  pads.expect_stream();
  set_present(pads.input(), is_linked);
}

void CaptionerElement::set_present(Input input, bool is_present) {
  const std::optional<std::uint32_t> ended_flush = session_.set_present(input, is_present);
  text_.set_present(input, is_present);
  if (ended_flush) end_flush_without(input, *ended_flush);
}

void CaptionerElement::expect_missing(MediaPads& missing) {
  missing.expect_stream();
  // Whoever is linked is waited for again.
  set_present(missing.input(), missing.is_linked());
}

void CaptionerElement::give_up_missing(const MediaPads& flowing) {
  MediaPads& missing = other(flowing);
  if (dali::give_up_missing(element_, flowing, missing)) set_present(missing.input(), false);
}

void CaptionerElement::give_up_missing_in_time(const MediaPads& ended) {
  const auto look = [this, &ended] {
    give_up_missing(ended);
    const MediaPads& missing = other(ended);
    return missing.has_come() || missing.is_given_up();
  };
  if (!look()) late_look_.begin(element_, look);
}

GstFlowReturn CaptionerElement::chain(MediaPads& pads, BufferHandle buffer) {
  const Input input = pads.input();
  sampling_.enter_run(input);
  pads.note_flow();
  give_up_missing(pads);
  sampling_.note_first_moment(input, buffer.get());
  const PushResult sampled = sampling_.sample(input, buffer.get());
  if (sampled != PushResult::kOk) return flow_of(sampled);
  g_autoptr(GstPad) source = pads.source();
  if (!source) return GST_FLOW_FLUSHING;
  delivery_.attach_known_captions(buffer.get(), sampling_.segment(input));
  const CaptionSession::Downstream downstream(session_, input);
  const GstFlowReturn result = gst_pad_push(source, buffer.release());
  if (result == GST_FLOW_NOT_LINKED && is_anything_linked(element_)) return GST_FLOW_OK;
  return result;
}

gboolean CaptionerElement::handle_event(MediaPads& pads, GstPad* sink, GstEvent* event) {
  const Input input = pads.input();
  GstObject* const parent = GST_OBJECT(element_);
  if (GST_EVENT_IS_SERIALIZED(event)) sampling_.enter_run(input);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START: {
      // Downstream is woken first: the text pad's task may wait there.
      const EventHandle kept(gst_event_ref(event));
      const gboolean is_handled = gst_pad_event_default(sink, parent, event);
      late_look_.cancel();
      begin_flush(input, kept.get());
      other(pads).flush_empty_stream(kept.get());
      return is_handled;
    }
    case GST_EVENT_EOS: {
      // Media end at once; the text ends when the model is through.
      const guint32 seqnum = gst_event_get_seqnum(event);
      const gboolean is_handled = gst_pad_event_default(sink, parent, event);
      sampling_.end(input);
      session_.finish(input, seqnum);
      give_up_missing_in_time(pads);
      return is_handled;
    }
    case GST_EVENT_STREAM_START:
      begin_stream(pads, event);
      break;
    case GST_EVENT_TAG:
      sampling_.take_picture_tags(input, event);
      break;
    case GST_EVENT_CAPS:
      sampling_.take_caps(input, event);
      break;
    case GST_EVENT_SEGMENT:
      begin_segment(pads, event);
      break;
    case GST_EVENT_GAP:
      sampling_.sample_gap(input, event);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      probes_.look_at(event, sampling_.reached_ns(input));
      break;
    case GST_EVENT_FLUSH_STOP:
      sampling_.forget_stream(input);
      if (session_.flush_end(input)) text_.flush_end(event);
      other(pads).flush_empty_stream(event);
      // It is told again when this one flows.
      if (other(pads).was_sent_empty()) expect_missing(other(pads));
      break;
    default:
      break;
  }
  return gst_pad_event_default(sink, parent, event);
}

void CaptionerElement::begin_stream(MediaPads& pads, GstEvent* event) {
  const Input input = pads.input();
  late_look_.cancel();
  if (pads.begin_stream()) set_present(input, true);
  guint group = GST_GROUP_ID_INVALID;
  const bool has_group =
      gst_event_parse_group_id(event, &group) != FALSE && group != GST_GROUP_ID_INVALID;
  session_.begin_stream(input, has_group ? std::optional<std::uint32_t>(group) : std::nullopt);
  text_.open(event);
  sampling_.take_picture_tags(input, event);
}

void CaptionerElement::begin_segment(const MediaPads& pads, GstEvent* event) {
  const Input input = pads.input();
  sampling_.begin_segment(input, event);
  ask_upstream_of(pads);
  session_.set_live(input, latency_.is_live(input));
  text_.set_live(latency_.is_live());
  text_.set_segment(input, event);
}

void CaptionerElement::begin_flush(Input input, GstEvent* event) {
  const auto epoch = session_.flush_begin(input, gst_event_get_seqnum(event));
  if (!epoch) return;
  delivery_.forget_known_captions();
  probes_.forget();
  text_.flush_begin(*epoch, event);
  // The input may have been taken away meanwhile.
  if (!session_.is_text_flushing()) end_flush_without(input, gst_event_get_seqnum(event));
}

void CaptionerElement::end_flush_without(Input gone, std::uint32_t seqnum) {
  const EventHandle stop(gst_event_new_flush_stop(TRUE));
  gst_event_set_seqnum(stop.get(), seqnum);
  text_.flush_end(stop.get());
  if (text_.has_segment()) return;
  // What the text follows now may have flowed on all the while, and begins no segment anew.
  const Input left = gone == Input::kAudio ? Input::kVideo : Input::kAudio;
  g_autoptr(GstPad) sink = (left == Input::kAudio ? audio_ : video_).sink();
  if (!sink) return;
  g_autoptr(GstEvent) segment = gst_pad_get_sticky_event(sink, GST_EVENT_SEGMENT, 0);
  if (segment) text_.set_segment(left, segment);
}

void CaptionerElement::ask_upstream_of(const MediaPads& pads) {
  g_autoptr(GstPad) sink = pads.sink();
  if (sink) latency_.set_upstream(pads.input(), ask_upstream(sink));
}

void CaptionerElement::answer_text_latency(GstQuery* query) {
  for (const MediaPads* pads : {&audio_, &video_}) ask_upstream_of(*pads);
  const LatencyAnswer answer = latency_.text_latency();
  gst_query_set_latency(query, answer.is_live, answer.shortest, answer.longest);
  GST_DEBUG_OBJECT(element_,
                   "the text's latency: %s, %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT
                   ", of which %" GST_TIME_FORMAT " its own",
                   answer.is_live ? "live" : "not live", GST_TIME_ARGS(answer.shortest),
                   GST_TIME_ARGS(answer.longest),
                   GST_TIME_ARGS(static_cast<GstClockTime>(latency_.timing().latency_ns)));
}

GstPad* CaptionerElement::leading_sink() const {
  GstPad* const video_sink = video_.is_given_up() ? nullptr : video_.sink();
  return video_sink ? video_sink : audio_.sink();
}

std::optional<TextDeadline> CaptionerElement::text_deadline() const {
  GST_OBJECT_LOCK(element_);
  const bool is_playing = GST_STATE(element_) == GST_STATE_PLAYING;
  GST_OBJECT_UNLOCK(element_);
  if (!is_playing) return std::nullopt;
  const GstClockTime now = gst_element_get_current_running_time(element_);
  if (!GST_CLOCK_TIME_IS_VALID(now)) return std::nullopt;
  return latency_.text_deadline(static_cast<std::int64_t>(now));
}

}  // namespace dali
