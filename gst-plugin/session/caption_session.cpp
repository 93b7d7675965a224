// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/caption_session.h"

#include <chrono>
#include <cinttypes>
#include <utility>

#include "gst-plugin/session/window_story.h"

namespace dali {

CaptionSession::Downstream::Downstream(CaptionSession& session, Input input)
    : is_downstream_(session.is_downstream_[static_cast<std::size_t>(input)]) {
  is_downstream_ = true;
}

CaptionSession::Downstream::~Downstream() {
  is_downstream_ = false;
}

CaptionSession::CaptionSession(DecisionListener& listener, LeadLimits limits, const SessionLog& log)
    : listener_(listener), log_(log), cutter_(limits, log) {}

CaptionSession::~CaptionSession() {
  stop();
}

void CaptionSession::start() {
  stop();
  const std::lock_guard lock(mutex_);
  is_running_ = true;
  has_failed_ = false;
  stats_ = SessionStats();
  worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void CaptionSession::interrupt() {
  const std::lock_guard lock(mutex_);
  is_running_ = false;
  room_.notify_all();
}

void CaptionSession::stop() {
  interrupt();
  worker_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    describing_.request_stop();
  }
  if (worker_.joinable()) worker_.join();
  const std::lock_guard lock(mutex_);
  cutter_.reset();
  queue_.clear();
  flushes_.reset();
  passed_until_ns_.reset();
  has_ended_ = false;
  is_input_live_ = {};
  producers_ = {};
  trusts_gaps_ = false;
  cutter_.set_live(false);
  ++epoch_;
}

void CaptionSession::set_engine(std::shared_ptr<const CaptionEngine> engine) {
  const int windows = engine->windows_at_once();
  const std::lock_guard lock(mutex_);
  engine_ = std::move(engine);
  engine_windows_ = windows;
  engine_state_ = EngineState::kReady;
  log_.write(LogLevel::kDebug, "the model is there: %d windows wait for it",
             queue_.waiting_windows());
  work_.notify_all();
}

void CaptionSession::set_engine_missing() {
  const std::lock_guard lock(mutex_);
  engine_state_ = EngineState::kMissing;
  log_.write(LogLevel::kDebug, "there is no model: windows pass without captions");
  work_.notify_all();
}

void CaptionSession::forget_engine() {
  const std::lock_guard lock(mutex_);
  engine_.reset();
  engine_state_ = EngineState::kLoading;
}

void CaptionSession::set_settings(const WindowSettings& settings) {
  const std::lock_guard lock(mutex_);
  cutter_.set_settings(settings);
  max_pending_ = settings.max_pending;
  batch_ = settings.batch;
  priority_ = settings.priority;
  room_.notify_all();
}

void CaptionSession::set_live(Input input, bool is_live) {
  const std::lock_guard lock(mutex_);
  is_input_live_[static_cast<std::size_t>(input)] = is_live;
  log_.write(LogLevel::kDebug, "the %s is %s", name_of(input), is_live ? "live" : "not live");
  cutter_.set_live(this->is_live());
  room_.notify_all();
}

std::optional<std::uint32_t> CaptionSession::set_present(Input input, bool is_present) {
  const std::lock_guard lock(mutex_);
  cutter_.set_present(input, is_present);
  log_.write(LogLevel::kDebug, "the %s is %s", name_of(input),
             is_present ? "waited for" : "not waited for");
  if (is_present) return std::nullopt;
  is_input_live_[static_cast<std::size_t>(input)] = false;
  producers_[static_cast<std::size_t>(input)].reset();
  cutter_.set_live(is_live());
  const bool ends_flush = flushes_.forget(input);
  room_.notify_all();
  // It may have been the one that the other input's windows waited for.
  if (is_running_) {
    enqueue_closed();
    enqueue_end();
  }
  return ends_flush ? std::optional<std::uint32_t>(flushes_.seqnum()) : std::nullopt;
}

void CaptionSession::begin_stream(Input input, std::optional<std::uint32_t> group) {
  const std::lock_guard lock(mutex_);
  producers_[static_cast<std::size_t>(input)] = {.thread = std::this_thread::get_id(),
                                                 .group = group};
  cutter_.resume(input);
  has_ended_ = false;
}

PushResult CaptionSession::begin_audio(std::int64_t start_ns) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, Input::kAudio);
  if (result != PushResult::kOk) return result;
  cutter_.begin_audio(start_ns);
  enqueue_closed();
  return result;
}

PushResult CaptionSession::push_audio(std::span<const float> interleaved, int channels) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, Input::kAudio);
  if (result != PushResult::kOk) return result;
  cutter_.push_audio(interleaved, channels);
  enqueue_closed();
  return result;
}

void CaptionSession::begin_shot(std::int64_t start_ns) {
  const std::lock_guard lock(mutex_);
  if (!is_running_ || flushes_.is_flushing(Input::kVideo)) return;
  cutter_.begin_shot(start_ns);
  log_.write(LogLevel::kDebug, "a shot begins at %.3f", in_seconds(start_ns));
}

bool CaptionSession::offer_picture(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
  const std::lock_guard lock(mutex_);
  if (!is_running_ || flushes_.is_flushing(Input::kVideo)) return false;
  return cutter_.offer_picture(start_ns, end_ns);
}

PushResult CaptionSession::push_picture(std::int64_t start_ns, std::int64_t end_ns,
                                        std::shared_ptr<const Picture> picture) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, Input::kVideo);
  if (result != PushResult::kOk) return result;
  if (picture) cutter_.push_picture(std::move(picture));
  cutter_.pass_picture(start_ns, end_ns);
  enqueue_closed();
  return result;
}

PushResult CaptionSession::cut_video(std::int64_t start_ns) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, Input::kVideo);
  if (result != PushResult::kOk) return result;
  cutter_.cut_video(start_ns);
  enqueue_closed();
  return result;
}

PushResult CaptionSession::pause(Input input) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, input);
  if (result != PushResult::kOk) return result;
  cutter_.pause();
  enqueue_closed();
  return result;
}

PushResult CaptionSession::pass_time(Input input, std::int64_t start_ns, std::int64_t end_ns) {
  std::unique_lock lock(mutex_);
  const PushResult result = wait_for_room(lock, input);
  if (result != PushResult::kOk) return result;
  cutter_.pass_time(input, start_ns, end_ns);
  enqueue_closed();
  return result;
}

bool CaptionSession::promise_gap(Input input, std::int64_t end_ns) {
  const std::lock_guard lock(mutex_);
  if (is_live() || trusts_gaps_) return false;
  if (!is_running_ || flushes_.is_flushing(input)) return true;
  ++arrivals_;
  cutter_.promise_gap(input, end_ns);
  enqueue_closed();
  return true;
}

void CaptionSession::finish(Input input, std::uint32_t seqnum) {
  const std::lock_guard lock(mutex_);
  if (!is_running_ || flushes_.is_flushing(input)) return;
  end_seqnum_ = seqnum;
  cutter_.finish(input);
  log_.write(LogLevel::kDebug, "the %s has ended", name_of(input));
  enqueue_closed();
  enqueue_end();
}

std::optional<std::uint64_t> CaptionSession::flush_begin(Input input, std::uint32_t seqnum) {
  const std::lock_guard lock(mutex_);
  const bool is_first = flushes_.begin(input, seqnum);
  has_ended_ = false;
  room_.notify_all();
  log_.write(LogLevel::kDebug, "flush of the %s: %s, %d waiting windows are dropped",
             name_of(input), is_first ? "it begins" : "it has begun", queue_.waiting_windows());
  if (!is_first) {
    cutter_.reset(input);
    return std::nullopt;
  }
  cutter_.reset();
  queue_.clear();
  passed_until_ns_.reset();
  describing_.request_stop();
  return ++epoch_;
}

bool CaptionSession::flush_end(Input input) {
  const std::lock_guard lock(mutex_);
  const bool is_last = flushes_.end(input);
  log_.write(LogLevel::kDebug, "flush of the %s ends%s", name_of(input),
             is_last ? ", and with it the text's" : "");
  return is_last;
}

bool CaptionSession::is_text_flushing() const {
  const std::lock_guard lock(mutex_);
  return flushes_.is_text_flushing();
}

std::uint64_t CaptionSession::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

SessionStats CaptionSession::stats() const {
  const std::lock_guard lock(mutex_);
  SessionStats stats = stats_;
  stats.pending = queue_.waiting_windows();
  return stats;
}

// A full queue holds back every input, also one that would close no window: else the other runs
// ahead as far as the pipeline's queues let it.
PushResult CaptionSession::wait_for_room(std::unique_lock<std::mutex>& lock, Input input) {
  ++arrivals_;
  const auto is_flushing = [&] {
    return !is_running_ || !cutter_.is_present(input) || flushes_.is_flushing(input);
  };
  const auto has_room = [&] {
    if (is_live() || has_failed_ || is_flushing()) return true;
    return queue_.waiting_windows() < max_pending_ && !must_wait_for_other(input);
  };
  if (!has_room()) {
    const bool is_full = queue_.waiting_windows() >= max_pending_;
    log_.write(LogLevel::kLog, "the %s is held back: %s, and %d of %d windows wait for the model",
               name_of(input), is_full ? "the queue is full" : "it is far ahead of the other input",
               queue_.waiting_windows(), max_pending_);
    room_.wait(lock, has_room);
  }
  if (is_flushing()) return PushResult::kFlushing;
  return has_failed_ ? PushResult::kFailed : PushResult::kOk;
}

// To wait for an input whose data come from the thread that waits, or from the demuxer that feeds
// it, could be to wait for ever.
bool CaptionSession::must_wait_for_other(Input input) const {
  if (!cutter_.is_far_ahead(input)) return false;
  const auto& own = producers_[static_cast<std::size_t>(input)];
  const auto& other = producers_[input == Input::kAudio ? 1 : 0];
  if (!own || !other || own->thread == other->thread) return false;
  return !own->group || own->group != other->group;
}

void CaptionSession::enqueue_closed() {
  while (std::optional<SampledWindow> window = cutter_.next_closed()) {
    ++stats_.windows;
    window->closed_at = std::chrono::steady_clock::now();
    // Several where fewer may wait than before.
    while (is_live() && queue_.waiting_windows() >= max_pending_) drop_oldest();
    const std::uint64_t id = window->id;
    queue_.push(std::move(*window));
    log_.write(LogLevel::kDebug, "window %" PRIu64 " queued: %d of %d wait for the model", id,
               queue_.waiting_windows(), max_pending_);
  }
  const std::optional<std::int64_t> decided_ns = cutter_.decided_ns();
  if (decided_ns && *decided_ns > passed_until_ns_.value_or(*decided_ns - 1)) {
    queue_.push(TimePassed{.until_ns = *decided_ns});
    log_.write(LogLevel::kTrace, "no window that is to come starts before %.3f",
               in_seconds(*decided_ns));
    passed_until_ns_ = decided_ns;
  }
  work_.notify_one();
  room_.notify_all();
}

void CaptionSession::drop_oldest() {
  const std::optional<std::uint64_t> dropped = queue_.drop_oldest_window();
  if (!dropped) return;
  log_.write(LogLevel::kDebug,
             "window %" PRIu64 " dropped by the queue: the stream is live, and %d windows wait",
             *dropped, max_pending_);
}

void CaptionSession::enqueue_end() {
  if (has_ended_ || !cutter_.is_finished()) return;
  has_ended_ = true;
  queue_.push(StreamEnd{.seqnum = end_seqnum_});
  work_.notify_one();
}

}  // namespace dali
