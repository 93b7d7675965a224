// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_element.h"

#include <chrono>
#include <exception>
#include <utility>

#include "gst-plugin/caption_meta.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/exception_barrier.h"

namespace dali {
namespace {

// Buffers run at most this many captions behind: one for each of two overlapping windows and spare.
constexpr std::size_t kKnownCaptions = 4;

constexpr const char* kProgressCode = "load-model";

}  // namespace

ElementState::ElementState(GstElement* element, GstPad* text_pad)
    : text(element, text_pad, [this] { return text_deadline(element_, *this); }),
      session(*this),
      element_(element) {
  audio.input = Input::kAudio;
  video.input = Input::kVideo;
}

void ElementState::begin_loading() {
  end_loading();
  load_ns_ = 0;
  const EngineKey key = engine_key(settings_snapshot());
  loading_ = std::jthread([this, key] { no_exception_escapes(element_, [&] { load(key); }); });
}

void ElementState::end_loading() {
  if (loading_.joinable()) loading_.join();
  session.forget_engine();
}

void ElementState::load(const EngineKey& key) {
  const std::string name = key.directory.empty() ? "the embedded model" : key.directory.string();
  post_progress(GST_PROGRESS_TYPE_START, "Loading " + name);
  const auto begin = std::chrono::steady_clock::now();
  try {
    std::shared_ptr<const CaptionEngine> engine = EnginePool::shared().engine(key);
    load_ns_ = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
    session.set_engine(std::move(engine));
  } catch (const std::exception& error) {
    // The error comes before the end of any stream that waits for the model; then the media go on
    // without captions, so that it stays the only error message.
    post_progress(GST_PROGRESS_TYPE_ERROR, "Could not load " + name);
    GST_ELEMENT_ERROR(element_, RESOURCE, OPEN_READ, ("%s", error.what()),
                      ("model directory: %s", name.c_str()));
    session.set_engine_missing();
    return;
  }
  post_progress(GST_PROGRESS_TYPE_COMPLETE, "Loaded " + name);
}

void ElementState::start() {
  const CaptionerSettings current = settings_snapshot();
  if (!current.json_location.empty()) log_.emplace(current.json_location);
  if (!current.dump_location.empty()) dump_.emplace(current.dump_location);
  record_warnings_ = {};
  forget_known_captions();
  max_observed_delay_ = std::chrono::milliseconds(0);
  announced_delay_ = {};
  merger_.forget();
  failure_warnings_ = {};
  lateness_warnings_ = {};
  has_warned_of_given_up_ = false;
  session.start();
  text.reset(session.epoch());
}

void ElementState::interrupt() {
  session.interrupt();
}

void ElementState::stop() {
  session.stop();
  log_.reset();
  dump_.reset();
  text.reset(session.epoch());
  for (MediaPads* pads : {&audio, &video}) {
    // Whoever is linked is waited for again.
    if (pads->is_given_up.exchange(false)) set_present(pads->input, is_linked(*pads));
    pads->has_come = false;
    pads->is_flowing = false;
    pads->was_sent_empty = false;
  }
  ++run;
}

void ElementState::set_present(Input input, bool is_present) {
  session.set_present(input, is_present);
  text.set_present(input, is_present);
}

bool ElementState::is_linked(const MediaPads& pads) const {
  GST_OBJECT_LOCK(element_);
  const bool is_linked = pads.sink && gst_pad_is_linked(pads.sink);
  GST_OBJECT_UNLOCK(element_);
  return is_linked;
}

CaptionerSettings ElementState::settings_snapshot() const {
  GST_OBJECT_LOCK(element_);
  CaptionerSettings snapshot = settings;
  GST_OBJECT_UNLOCK(element_);
  return snapshot;
}

WindowSettings ElementState::settings_at_window_start() {
  return window_settings(settings_snapshot());
}

void ElementState::attach_known_caption(GstBuffer* buffer, const GstSegment& segment) {
  if (!has_known_captions_ || !gst_buffer_is_writable(buffer)) return;
  if (segment.format != GST_FORMAT_TIME) return;
  const GstClockTime time =
      gst_segment_to_running_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) return;
  const auto time_ns = static_cast<std::int64_t>(time);
  const std::lock_guard lock(captions_mutex_);
  for (const KnownCaption& caption : known_captions_) {
    if (time_ns < caption.start_ns || time_ns >= caption.end_ns) continue;
    add_caption_meta(buffer, caption.structure.get());
  }
}

void ElementState::forget_known_captions() {
  const std::lock_guard lock(captions_mutex_);
  known_captions_.clear();
  has_known_captions_ = false;
}

void ElementState::remember_caption(const Decision& caption, const GstStructure* structure) {
  const std::lock_guard lock(captions_mutex_);
  known_captions_.push_back({.window_id = caption.window_id,
                             .start_ns = caption.start_ns,
                             .end_ns = caption.end_ns,
                             .structure = StructureHandle(gst_structure_copy(structure))});
  if (known_captions_.size() > kKnownCaptions) known_captions_.pop_front();
  has_known_captions_ = true;
}

void ElementState::forget_caption(const Decision& caption) {
  const std::lock_guard lock(captions_mutex_);
  std::erase_if(known_captions_, [&](const KnownCaption& known) {
    return known.window_id == caption.window_id && known.start_ns == caption.start_ns;
  });
}

void ElementState::decided(const Decision& decision, const SampledWindow* window) {
  no_exception_escapes(element_, [&] {
    const CaptionerSettings current = settings_snapshot();
    note_delay(decision);
    record(decision, window);
    if (decision.given_up) warn_of_given_up(*decision.given_up);
    // On the air nobody can wait for what follows.
    const std::int64_t longest_ns = is_live(element_, *this) ? 0 : merge_limit_ns(current);
    for (const Decision& certain : merger_.take(decision, longest_ns)) send(certain, current);
  });
}

void ElementState::send(const Decision& decision, const CaptionerSettings& current) {
  const TextSettings text_settings = dali::text_settings(current);
  const std::int64_t lateness_ns = text_lateness_ns(element_, *this);
  const std::int64_t until_ns = decision.shown_end_ns + lateness_ns;
  switch (decision.kind) {
    case Decision::Kind::kCaption:
      send_caption(decision, current, lateness_ns);
      break;
    case Decision::Kind::kFailed:
      if (text.pass_time(decision.epoch, until_ns, text_settings)) warn_of_failure(decision);
      break;
    case Decision::Kind::kDropped:
      if (text.pass_time(decision.epoch, until_ns, text_settings, GST_GAP_FLAG_MISSING_DATA)) {
        post_dropped(decision);
      }
      break;
    case Decision::Kind::kSilence:
    case Decision::Kind::kRejected:
    case Decision::Kind::kTimePassed:
      text.pass_time(decision.epoch, until_ns, text_settings);
      break;
    case Decision::Kind::kStreamEnd:
      text.end_stream(decision.epoch, decision.seqnum);
      break;
  }
}

void ElementState::record(const Decision& decision, const SampledWindow* window) {
  try {
    if (log_) log_->write(decision);
    const bool is_described = decision.describe_ns > 0;
    if (dump_ && window && is_described) dump_->write(*window, decision);
  } catch (const std::exception& error) {
    // Captions do not depend on it: a full disk takes nothing off the air.
    if (!record_warnings_.lets_through()) return;
    GST_ELEMENT_WARNING(element_, RESOURCE, WRITE, ("%s", error.what()), (nullptr));
  }
}

void ElementState::note_delay(const Decision& decision) {
  if (decision.describe_ns == 0) return;
  const auto delay = std::chrono::ceil<std::chrono::milliseconds>(
      std::chrono::nanoseconds(decision.waited_ns + decision.describe_ns));
  if (delay <= max_observed_delay_.load()) return;
  max_observed_delay_ = delay;
  g_object_notify(G_OBJECT(element_), "max-observed-delay");
  if (delay <= announced_delay_ + announced_delay_ / 4) return;
  announced_delay_ = delay;
  post_latency(element_, *this);
}

void ElementState::warn_of_failure(const Decision& failed) {
  if (!failure_warnings_.lets_through()) return;
  GST_ELEMENT_WARNING(element_, LIBRARY, FAILED, ("%s", failed.reason.c_str()),
                      ("window %" G_GUINT64_FORMAT " from %" GST_TIME_FORMAT,
                       static_cast<guint64>(failed.window_id),
                       GST_TIME_ARGS(static_cast<GstClockTime>(failed.start_ns))));
}

// Once a run: what is wrong with how a stream is interleaved is so all along.
void ElementState::warn_of_given_up(const GivenUpInput& given_up) {
  if (has_warned_of_given_up_) return;
  has_warned_of_given_up_ = true;
  const bool lacks_sound = given_up.input == Input::kAudio;
  const char* behind = lacks_sound ? "sound" : "picture";
  const char* ahead = lacks_sound ? "picture" : "sound";
  const double lag_s =
      static_cast<double>(given_up.lag_ns) / static_cast<double>(kNanosecondsPerSecond);
  const char* advice =
      is_live(element_, *this) ? "" : ". A file in which the two lie closer together loses nothing";
  GST_ELEMENT_WARNING(
      element_, STREAM, FAILED,
      ("The %s is %.1f s behind the %s, too far to be waited for, so captions go on "
       "without it%s",
       behind, lag_s, ahead, advice),
      (nullptr));
}

void ElementState::warn_of_lateness(const Decision& caption, std::int64_t overdue_ns) {
  if (!lateness_warnings_.lets_through()) return;
  GST_ELEMENT_WARNING(
      element_, CORE, CLOCK,
      ("The caption of %" GST_TIME_FORMAT " comes %.1f s too late to be shown in its time: latency "
       "is shorter than the model takes",
       GST_TIME_ARGS(static_cast<GstClockTime>(caption.start_ns)),
       static_cast<double>(overdue_ns) / static_cast<double>(GST_SECOND)),
      ("window %" G_GUINT64_FORMAT, static_cast<guint64>(caption.window_id)));
}

void ElementState::send_caption(const Decision& caption, const CaptionerSettings& current,
                                std::int64_t lateness_ns) {
  StructureHandle structure = caption_structure(caption);
  BufferHandle buffer(gst_buffer_new_memdup(caption.text.data(), caption.text.size()));
  if (current.attach_meta) add_caption_meta(buffer.get(), structure.get());
  // Known before it is sent: who has the text may look for it on the media that follow.
  if (current.attach_meta) remember_caption(caption, structure.get());
  const std::optional<std::int64_t> overdue_ns =
      text.push_caption(caption.epoch, std::move(buffer), caption.start_ns + lateness_ns,
                        caption.shown_end_ns + lateness_ns, text_settings(current));
  if (!overdue_ns) {
    if (current.attach_meta) forget_caption(caption);
    return;
  }
  // Without synchronisation every caption comes when it comes.
  if (*overdue_ns > 0 && live_timing(current).is_synchronised) {
    warn_of_lateness(caption, *overdue_ns);
  }
  if (current.post_messages) {
    gst_element_post_message(element_,
                             gst_message_new_element(GST_OBJECT(element_), structure.release()));
  }
}

void ElementState::post_progress(GstProgressType type, const std::string& what) {
  gst_element_post_message(
      element_, gst_message_new_progress(GST_OBJECT(element_), type, kProgressCode, what.c_str()));
}

void ElementState::post_dropped(const Decision& dropped) {
  const auto start = static_cast<guint64>(dropped.start_ns);
  const auto duration = static_cast<guint64>(dropped.shown_end_ns - dropped.start_ns);
  GstMessage* message = gst_message_new_qos(GST_OBJECT(element_), TRUE, start, GST_CLOCK_TIME_NONE,
                                            GST_CLOCK_TIME_NONE, duration);
  const SessionStats stats = session.stats();
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, stats.captions, stats.dropped);
  gst_element_post_message(element_, message);
}

}  // namespace dali
