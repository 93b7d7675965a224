// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/caption_delivery.h"

#include <exception>
#include <utility>

#include "gst-plugin/caption_classification.h"
#include "gst-plugin/caption_meta.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {

void CaptionDelivery::start(const std::string& json_location, const std::string& dump_location) {
  stop();  // of a start that came to half of this
  if (!json_location.empty()) log_.emplace(json_location);
  if (!dump_location.empty()) dump_.emplace(dump_location);
  known_.forget_all();
  max_observed_delay_ = std::chrono::milliseconds(0);
  announced_delay_ = {};
  sent_ = {};
  is_of_events_ = settings().is_of_events;
  judge_.forget();
  merger_.forget();
  events_.forget();
  record_warnings_ = {};
  failure_warnings_ = {};
  lateness_warnings_ = {};
  drop_warnings_ = {};
  has_warned_of_given_up_ = false;
}

void CaptionDelivery::stop() {
  log_.reset();
  dump_.reset();
}

void CaptionDelivery::set_settings(const DeliverySettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
}

DeliverySettings CaptionDelivery::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

void CaptionDelivery::judge(Decision& decision) {
  no_exception_escapes(element_, [&] {
    const DeliverySettings current = settings();
    judge_.judge(decision, {.language = current.language,
                            .detail = current.detail,
                            .off_screen_gain = current.off_screen_gain,
                            .holds_back = !is_of_events_});
  });
}

void CaptionDelivery::decided(const Decision& decision, const SampledWindow* window) {
  no_exception_escapes(element_, [&] {
    const DeliverySettings current = settings();
    sent_.count(decision);
    note_delay(decision);
    record(decision, window);
    if (decision.given_up) warn_of_given_up(*decision.given_up);
    for (const Decision& certain : certain_after(decision, current)) send(certain, current);
  });
}

std::vector<Decision> CaptionDelivery::certain_after(const Decision& decision,
                                                     const DeliverySettings& current) {
  if (is_of_events_) {
    EventCaptions::Told told = events_.take(decision, current.language, current.tracker);
    for (const SourceEvent& event : told.events) tell(event, current);
    return std::move(told.decisions);
  }
  // On the air nobody can wait for what follows.
  return merger_.take(decision, latency_.is_live() ? 0 : current.merge_limit_ns);
}

// Announced or not: who switches a lamp is not annoyed by repetition.
void CaptionDelivery::tell(const SourceEvent& event, const DeliverySettings& current) {
  try {
    if (log_) log_->write(event);
  } catch (const std::exception& error) {
    warn_of_record(error);
  }
  if (!current.posts_messages) return;
  gst_element_post_message(
      element_,
      gst_message_new_element(GST_OBJECT(element_), source_event_structure(event).release()));
}

void CaptionDelivery::send(const Decision& decision, const DeliverySettings& current) {
  const std::int64_t lateness_ns = latency_.text_lateness_ns();
  const std::int64_t until_ns = decision.span.shown_end_ns + lateness_ns;
  switch (decision.kind) {
    case Decision::Kind::kCaption:
      send_caption(decision, current, lateness_ns);
      break;
    case Decision::Kind::kFailed:
      if (text_.pass_time(decision.epoch, until_ns)) warn_of_failure(decision);
      break;
    case Decision::Kind::kDropped:
      if (text_.pass_time(decision.epoch, until_ns, GST_GAP_FLAG_MISSING_DATA)) {
        post_dropped(decision);
      }
      break;
    case Decision::Kind::kRejected:
      if (text_.pass_time(decision.epoch, until_ns) && decision.is_held_back &&
          current.posts_messages) {
        post_held_back(decision);
      }
      break;
    case Decision::Kind::kSilence:
    case Decision::Kind::kTimePassed:
      text_.pass_time(decision.epoch, until_ns);
      break;
    case Decision::Kind::kStreamEnd:
      text_.end_stream(decision.epoch, decision.seqnum);
      break;
  }
}

void CaptionDelivery::record(const Decision& decision, const SampledWindow* window) {
  try {
    if (log_) log_->write(decision);
    const bool is_described = decision.describe_ns > 0;
    if (dump_ && window && is_described) dump_->write(*window, decision);
  } catch (const std::exception& error) {
    warn_of_record(error);
  }
}

// Windows say what is sent of them; captions of events are of several.
void CaptionDelivery::record_sent(const Decision& caption) {
  if (!is_of_events_ || !log_) return;
  try {
    log_->write_caption(caption);
  } catch (const std::exception& error) {
    warn_of_record(error);
  }
}

// Captions do not depend on it: a full disk takes nothing off the air.
void CaptionDelivery::warn_of_record(const std::exception& error) {
  if (!record_warnings_.lets_through()) return;
  GST_ELEMENT_WARNING(element_, RESOURCE, WRITE, ("%s", error.what()), (nullptr));
}

void CaptionDelivery::note_delay(const Decision& decision) {
  if (decision.describe_ns == 0) return;
  const std::int64_t delay_ns = decision.waited_ns + decision.describe_ns;
  const auto delay =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(delay_ns));
  if (delay <= max_observed_delay_.load()) return;
  max_observed_delay_ = delay;
  GST_DEBUG_OBJECT(element_,
                   "window %" G_GUINT64_FORMAT " waited %.3f s for its caption: the longest",
                   static_cast<guint64>(decision.window_id), in_seconds(delay_ns));
  g_object_notify(G_OBJECT(element_), "max-observed-delay");
  if (delay <= announced_delay_ + announced_delay_ / 4) return;
  announced_delay_ = delay;
  post_latency(element_, latency_);
}

void CaptionDelivery::warn_of_failure(const Decision& failed) {
  if (!failure_warnings_.lets_through()) return;
  GST_ELEMENT_WARNING(element_, LIBRARY, FAILED, ("%s", failed.reason.c_str()),
                      ("window %" G_GUINT64_FORMAT " from %" GST_TIME_FORMAT,
                       static_cast<guint64>(failed.window_id),
                       GST_TIME_ARGS(static_cast<GstClockTime>(failed.span.start_ns))));
}

// Once a run: what is wrong with how a stream is interleaved is so all along.
void CaptionDelivery::warn_of_given_up(const GivenUpInput& given_up) {
  if (has_warned_of_given_up_) return;
  has_warned_of_given_up_ = true;
  const bool lacks_sound = given_up.input == Input::kAudio;
  const char* behind = lacks_sound ? "sound" : "picture";
  const char* ahead = lacks_sound ? "picture" : "sound";
  const char* advice =
      latency_.is_live() ? "" : ". A file in which the two lie closer together loses nothing";
  GST_ELEMENT_WARNING(
      element_, STREAM, FAILED,
      ("The %s is %.1f s behind the %s, too far to be waited for, so captions go on "
       "without it%s",
       behind, in_seconds(given_up.lag_ns), ahead, advice),
      (nullptr));
}

void CaptionDelivery::warn_of_lateness(const Decision& caption, std::int64_t overdue_ns) {
  if (!lateness_warnings_.lets_through()) return;
  GST_ELEMENT_WARNING(
      element_, CORE, CLOCK,
      ("The caption of %" GST_TIME_FORMAT " comes %.1f s too late to be shown in its time: latency "
       "is shorter than the model takes",
       GST_TIME_ARGS(static_cast<GstClockTime>(caption.span.start_ns)), in_seconds(overdue_ns)),
      ("window %" G_GUINT64_FORMAT, static_cast<guint64>(caption.window_id)));
}

void CaptionDelivery::send_caption(const Decision& caption, const DeliverySettings& current,
                                   std::int64_t lateness_ns) {
  StructureHandle structure = caption_structure(caption);
  BufferHandle buffer(gst_buffer_new_memdup(caption.text.data(), caption.text.size()));
  if (current.attaches_meta) {
    add_caption_meta(buffer.get(), structure.get());
    add_caption_classification(buffer.get(), structure.get());
    // Known before it is sent: who has the text may look for it on the media that follow.
    known_.remember(caption, structure.get());
  }
  const auto id = static_cast<guint64>(caption.window_id);
  const std::int64_t start_ns = caption.span.start_ns + lateness_ns;
  const std::int64_t end_ns = caption.span.shown_end_ns + lateness_ns;
  GST_DEBUG_OBJECT(element_, "window %" G_GUINT64_FORMAT " text goes to the text pad: [%.3f, %.3f)",
                   id, in_seconds(start_ns), in_seconds(end_ns));
  text_.push_probes(caption.epoch, probes_.take_from(caption.span.start_ns));
  const std::optional<std::int64_t> overdue_ns =
      text_.push_caption(caption.epoch, std::move(buffer), start_ns, end_ns);
  if (!overdue_ns) {
    GST_DEBUG_OBJECT(element_, "window %" G_GUINT64_FORMAT " dropped: a flush came before its text",
                     id);
    if (current.attaches_meta) known_.forget(caption);
    return;
  }
  record_sent(caption);
  if (*overdue_ns > 0) {
    GST_DEBUG_OBJECT(element_,
                     "window %" G_GUINT64_FORMAT " text comes %.3f s too late for its time", id,
                     in_seconds(*overdue_ns));
  }
  // Without synchronisation every caption comes when it comes.
  if (*overdue_ns > 0 && latency_.timing().is_synchronised) {
    warn_of_lateness(caption, *overdue_ns);
  }
  if (current.posts_messages) {
    gst_element_post_message(element_,
                             gst_message_new_element(GST_OBJECT(element_), structure.release()));
  }
}

void CaptionDelivery::post_held_back(const Decision& held_back) {
  gst_element_post_message(
      element_,
      gst_message_new_element(GST_OBJECT(element_), held_back_structure(held_back).release()));
}

void CaptionDelivery::post_dropped(const Decision& dropped) {
  const auto start = static_cast<guint64>(dropped.span.start_ns);
  const auto duration = static_cast<guint64>(dropped.span.shown_end_ns - dropped.span.start_ns);
  GstMessage* message = gst_message_new_qos(GST_OBJECT(element_), TRUE, start, GST_CLOCK_TIME_NONE,
                                            GST_CLOCK_TIME_NONE, duration);
  if (drop_warnings_.lets_through()) {
    GST_WARNING_OBJECT(element_,
                       "the model is slower than the live stream: %" G_GUINT64_FORMAT
                       " windows dropped so far",
                       static_cast<guint64>(sent_.dropped));
  }
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, sent_.captions, sent_.dropped);
  gst_element_post_message(element_, message);
}

}  // namespace dali
