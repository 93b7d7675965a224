// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/caption_session.h"

#include <chrono>
#include <utility>
#include <variant>

namespace dali {
namespace {

// How long nothing moves, while what is downstream holds an input back, before that is taken for a
// standstill. A slow source or model is none.
constexpr std::chrono::seconds kStandstill{3};

}  // namespace

CaptionSession::Downstream::Downstream(CaptionSession& session, Input input)
    : is_downstream_(session.is_downstream_[static_cast<std::size_t>(input)]) {
  is_downstream_ = true;
}

CaptionSession::Downstream::~Downstream() {
  is_downstream_ = false;
}

CaptionSession::CaptionSession(DecisionListener& listener, LeadLimits limits)
    : listener_(listener), cutter_(limits) {}

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
  const std::lock_guard lock(mutex_);
  engine_ = std::move(engine);
  engine_state_ = EngineState::kReady;
  work_.notify_all();
}

void CaptionSession::set_engine_missing() {
  const std::lock_guard lock(mutex_);
  engine_state_ = EngineState::kMissing;
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
  room_.notify_all();
}

void CaptionSession::set_live(Input input, bool is_live) {
  const std::lock_guard lock(mutex_);
  is_input_live_[static_cast<std::size_t>(input)] = is_live;
  cutter_.set_live(this->is_live());
  room_.notify_all();
}

void CaptionSession::set_present(Input input, bool is_present) {
  const std::lock_guard lock(mutex_);
  cutter_.set_present(input, is_present);
  if (is_present) return;
  is_input_live_[static_cast<std::size_t>(input)] = false;
  producers_[static_cast<std::size_t>(input)].reset();
  cutter_.set_live(is_live());
  flushes_.forget(input);
  room_.notify_all();
  // It may have been the one that the other input's windows waited for.
  if (!is_running_) return;
  enqueue_closed();
  enqueue_end();
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
  enqueue_closed();
  enqueue_end();
}

std::optional<std::uint64_t> CaptionSession::flush_begin(Input input, std::uint32_t seqnum) {
  const std::lock_guard lock(mutex_);
  const bool is_first = flushes_.begin(input, seqnum);
  has_ended_ = false;
  room_.notify_all();
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
  return flushes_.end(input);
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
  room_.wait(lock, [&] {
    if (is_live() || has_failed_ || is_flushing()) return true;
    return queue_.waiting_windows() < max_pending_ && !must_wait_for_other(input);
  });
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
    if (is_live() && queue_.waiting_windows() >= max_pending_) queue_.drop_oldest_window();
    queue_.push(std::move(*window));
  }
  const std::optional<std::int64_t> decided_ns = cutter_.decided_ns();
  if (decided_ns && *decided_ns > passed_until_ns_.value_or(*decided_ns - 1)) {
    queue_.push(TimePassed{.until_ns = *decided_ns});
    passed_until_ns_ = decided_ns;
  }
  work_.notify_one();
  room_.notify_all();
}

void CaptionSession::enqueue_end() {
  if (has_ended_ || !cutter_.is_finished()) return;
  has_ended_ = true;
  queue_.push(StreamEnd{.seqnum = end_seqnum_});
  work_.notify_one();
}

void CaptionSession::work(const std::stop_token& stop) {
  try {
    work_until_stopped(stop);
  } catch (...) {
    // decide() has its own barrier, so this is memory running out between two windows.
    const std::lock_guard lock(mutex_);
    has_failed_ = true;
    room_.notify_all();
  }
}

bool CaptionSession::has_work() const {
  const bool needs_engine = queue_.begins_with_window();
  return !queue_.is_empty() && !(needs_engine && engine_state_ == EngineState::kLoading);
}

bool CaptionSession::wait_for_work(std::unique_lock<std::mutex>& lock,
                                   const std::stop_token& stop) {
  while (!stop.stop_requested() && !has_work()) {
    if (!cutter_.has_promises()) {
      work_.wait(lock, stop, [this] { return has_work() || cutter_.has_promises(); });
      continue;
    }
    const std::uint64_t arrivals = arrivals_;
    const bool has_moved = work_.wait_for(lock, stop, kStandstill, [&] {
      return has_work() || arrivals_ != arrivals || !cutter_.has_promises();
    });
    if (has_moved || stop.stop_requested() || (!is_downstream_[0] && !is_downstream_[1])) continue;
    trusts_gaps_ = true;
    cutter_.trust_promises();
    enqueue_closed();
  }
  return !stop.stop_requested();
}

void CaptionSession::work_until_stopped(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!wait_for_work(lock, stop)) return;
    WindowQueue::Item item = queue_.pop();
    const std::shared_ptr<const CaptionEngine> engine = engine_;
    const std::uint64_t epoch = epoch_;
    describing_ = std::stop_source();
    const std::stop_token describing = describing_.get_token();
    lock.unlock();
    room_.notify_all();

    const Decision decision = describer_.decide(item, epoch, engine.get(), describing);
    // What a stop cut off is no caption.
    if (describing.stop_requested()) continue;
    {
      const std::lock_guard counting(mutex_);
      stats_.count(decision);
    }
    listener_.decided(decision, std::get_if<SampledWindow>(&item));
  }
}

}  // namespace dali
