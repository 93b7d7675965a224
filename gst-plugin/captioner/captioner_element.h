// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <mutex>
#include <optional>

#include "gst-plugin/captioner/caption_delivery.h"
#include "gst-plugin/captioner/captioner_properties.h"
#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/captioner/element_log.h"
#include "gst-plugin/captioner/late_look.h"
#include "gst-plugin/captioner/latency_probes.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/captioner/media_pads.h"
#include "gst-plugin/captioner/media_sampling.h"
#include "gst-plugin/captioner/model_loading.h"
#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/caption_session.h"

namespace dali {

// Everything of a dalicaptioner that is C++: the parts, what runs from one to the other, and the
// settings, which it hands down to them whenever one is set.
//
// Lock order: a pad's stream lock; settings_mutex_; the session's or the text output's; then one of
// the latency's, the delivery's, the known captions', the probes' or the object lock. No lock but a
// stream lock is held while anything is pushed, queried or posted, and FLUSH_START takes no stream
// lock of a sink.
class CaptionerElement {
 public:
  CaptionerElement(GstElement* element, GstPad* text_pad);  // borrows both: they have this

  // In change_state, one at a time.
  void begin_loading();  // NULL to READY
  void end_loading();    // READY to NULL
  // READY to PAUSED, before the pads are active. Throws std::runtime_error naming the file or
  // folder that windows cannot be recorded in.
  void start();
  void interrupt();  // PAUSED to READY, before the pads are inactive,
  void stop();       // and after

  // Any thread. False: there is no property of that number.
  bool set_property(guint property, const GValue* value);
  bool get_property(guint property, GValue* value) const;

  // The application's threads. request_pads() adds an input's pads to the element and returns the
  // sink, borrowed; null when they are there.
  GstPad* request_pads(Input input);
  void release_pads(GstPad* sink);
  // Links a source that comes back (borrowed) as it was linked before.
  void link_again(GstPad* source);
  // A sink has been linked, or unlinked: only a linked input is waited for.
  void note_link(MediaPads& pads, bool is_linked);

  // The input's streaming thread: samples the buffer, then pushes it on, the very same one.
  GstFlowReturn chain(MediaPads& pads, BufferHandle buffer);
  gboolean handle_event(MediaPads& pads, GstPad* sink, GstEvent* event);  // takes the event

  // Any thread.
  void answer_text_latency(GstQuery* query);
  bool set_text_active(bool is_active) { return text_.set_active(is_active); }
  // The sink that stands for both where one answer is wanted, owned: a seek must reach a demuxer
  // once, and pictures are the ones that a text's timing matters to.
  GstPad* leading_sink() const;

 private:
  MediaPads& other(const MediaPads& pads) { return &pads == &audio_ ? video_ : audio_; }
  void set_present(Input input, bool is_present);
  void give_up_missing(const MediaPads& flowing);
  // The input has ended, and nothing of it will bring give_up_missing() about any more.
  void give_up_missing_in_time(const MediaPads& ended);
  void ask_upstream_of(const MediaPads& pads);
  void begin_stream(MediaPads& pads, GstEvent* event);
  void begin_segment(const MediaPads& pads, GstEvent* event);
  void begin_flush(Input input, GstEvent* event);
  // Of a flush whose input is gone.
  void end_flush_without(Input gone, std::uint32_t seqnum);
  void expect_missing(MediaPads& missing);
  std::optional<TextDeadline> text_deadline() const;  // as TextOutput asks for it
  CaptionerSettings settings() const;
  // With settings_mutex_ held. Returns whether the latency of the text is another now.
  bool hand_down_settings();

  GstElement* const element_;
  const ElementLog log_;  // what follows writes to it
  MediaPads audio_;
  MediaPads video_;
  LiveLatency latency_;
  LatencyProbes probes_;
  TextOutput text_;
  CaptionDelivery delivery_;
  CaptionSession session_;  // its worker uses what is above
  MediaSampling sampling_;
  LateLook late_look_;  // for an input that is missing at the end of the other
  ModelLoading loading_;

  std::atomic<bool> is_started_ = false;
  mutable std::mutex settings_mutex_;
  CaptionerSettings settings_;  // settings_mutex_
};

}  // namespace dali
