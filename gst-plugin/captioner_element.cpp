#include "gst-plugin/captioner_element.h"

#include <exception>
#include <utility>

#include "gst-plugin/caption_meta.h"
#include "gst-plugin/exception_barrier.h"

namespace dali {
namespace {

// Buffers run at most this many captions behind: one for each of two overlapping windows and spare.
constexpr std::size_t kKnownCaptions = 4;

constexpr const char* kProgressCode = "load-model";

}  // namespace

ElementState::ElementState(GstElement* element, GstPad* text_pad)
    : text(element, text_pad), session(*this), element_(element) {
  audio.input = Input::kAudio;
  video.input = Input::kVideo;
}

void ElementState::begin_loading() {
  end_loading();
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
  try {
    session.set_engine(EnginePool::shared().engine(key));
  } catch (const std::exception& error) {
    // The media go on without captions, so that this stays the only error message.
    session.set_engine_missing();
    post_progress(GST_PROGRESS_TYPE_ERROR, "Could not load " + name);
    GST_ELEMENT_ERROR(element_, RESOURCE, OPEN_READ, ("%s", error.what()),
                      ("model directory: %s", name.c_str()));
    return;
  }
  post_progress(GST_PROGRESS_TYPE_COMPLETE, "Loaded " + name);
}

void ElementState::start() {
  forget_known_captions();
  session.start();
  text.reset(session.epoch());
}

void ElementState::interrupt() {
  session.interrupt();
}

void ElementState::stop() {
  session.stop();
  text.reset(session.epoch());
  audio_sampler.forget();
  video_expected_ns.reset();
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

void ElementState::decided(const Decision& decision) {
  no_exception_escapes(element_, [&] {
    const CaptionerSettings current = settings_snapshot();
    const TextSettings text_settings = dali::text_settings(current);
    switch (decision.kind) {
      case Decision::Kind::kCaption:
        send_caption(decision, current);
        break;
      case Decision::Kind::kFailed:
        if (text.pass_time(decision.epoch, decision.shown_end_ns, text_settings)) {
          GST_ELEMENT_WARNING(element_, LIBRARY, FAILED, ("%s", decision.error.c_str()),
                              ("window %" G_GUINT64_FORMAT " from %" GST_TIME_FORMAT,
                               static_cast<guint64>(decision.window_id),
                               GST_TIME_ARGS(static_cast<GstClockTime>(decision.start_ns))));
        }
        break;
      case Decision::Kind::kDropped:
        if (text.pass_time(decision.epoch, decision.shown_end_ns, text_settings,
                           GST_GAP_FLAG_MISSING_DATA)) {
          post_dropped(decision);
        }
        break;
      case Decision::Kind::kNothing:
      case Decision::Kind::kTimePassed:
        text.pass_time(decision.epoch, decision.shown_end_ns, text_settings);
        break;
      case Decision::Kind::kStreamEnd:
        text.end_stream(decision.epoch, decision.seqnum);
        break;
    }
  });
}

void ElementState::send_caption(const Decision& caption, const CaptionerSettings& current) {
  StructureHandle structure = caption_structure(caption);
  BufferHandle buffer(gst_buffer_new_memdup(caption.text.data(), caption.text.size()));
  if (current.attach_meta) add_caption_meta(buffer.get(), structure.get());
  if (!text.push_caption(caption.epoch, std::move(buffer), caption.start_ns, caption.shown_end_ns,
                         text_settings(current))) {
    return;
  }
  if (current.attach_meta) {
    const std::lock_guard lock(captions_mutex_);
    known_captions_.push_back({.start_ns = caption.start_ns,
                               .end_ns = caption.end_ns,
                               .structure = StructureHandle(gst_structure_copy(structure.get()))});
    if (known_captions_.size() > kKnownCaptions) known_captions_.pop_front();
    has_known_captions_ = true;
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
