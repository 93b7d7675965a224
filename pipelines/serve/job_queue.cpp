// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/job_queue.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "model/base/one_line.h"
#include "pipelines/serve/exception_barrier.h"

namespace dali {
namespace {

// Jobs that clients ask for later; the one that ended first goes when there are more.
constexpr std::size_t kMostKept = 1000;
constexpr int kMostAttempts = 3;

double seconds_between(Job::Clock::time_point from, Job::Clock::time_point until) {
  return std::chrono::duration<double>(until - from).count();
}

}  // namespace

JobQueue::JobQueue(Settings settings, const Confinement& of_files, const Confinement& of_uris)
    : settings_(std::move(settings)), of_files_(of_files), of_uris_(of_uris) {
  constexpr guint kLookSeconds = 1;
  const auto look = [](gpointer self) -> gboolean {
    no_exception_escapes([&] { static_cast<JobQueue*>(self)->forget_old(); });
    return G_SOURCE_CONTINUE;
  };
  forgetting_ = LoopSource(g_timeout_add_seconds(kLookSeconds, look, this));
}

JobQueue::~JobQueue() = default;

std::shared_ptr<Job> JobQueue::accept() {
  if (is_shutting_down_) throw shutting_down();
  const auto places = static_cast<std::size_t>(settings_.running + settings_.waiting);
  if (jobs_.size() >= places) {
    RequestError error(429, "overloaded",
                       "The server has as many media to caption as it takes. Try again later.");
    error.retry_after_s = seconds_until_free();
    throw error;
  }
  auto job = std::make_shared<Job>();
  job->id = unguessable_id();
  jobs_.push_back(job);
  return job;
}

void JobQueue::submit(const std::shared_ptr<Job>& job) {
  if (job->has_ended()) return;
  if (is_shutting_down_) {
    end(*job, Job::State::kFailed, shutting_down());
    return;
  }
  job->state = Job::State::kQueued;
  queue_.push_back(job);
  start_next();
}

void JobQueue::start_next() {
  while (may_start_ && running_ < static_cast<std::size_t>(settings_.running) && !queue_.empty()) {
    const std::shared_ptr<Job> next = std::move(queue_.front());
    queue_.pop_front();
    start(next);
  }
}

void JobQueue::start(const std::shared_ptr<Job>& job) {
  CaptionProcess::Work work{.program = settings_.program,
                            .options = {"--model=" + settings_.model},
                            .medium = job->medium ? &*job->medium : nullptr,
                            .uri = job->request.uri,
                            .folder = settings_.folder,
                            .seconds = settings_.job_seconds};
  work.options.push_back("--format=" + job->request.format);
  work.options.insert(work.options.end(), job->request.options.begin(), job->request.options.end());
  job->state = Job::State::kRunning;
  job->begun_at = Job::Clock::now();
  ++job->attempts;
  ++running_;
  try {
    // The job outlives its process, which goes with it.
    const auto ended = [this, weak = std::weak_ptr<Job>(job)](CaptionOutcome outcome) {
      const std::shared_ptr<Job> of_process = weak.lock();
      if (of_process && !of_process->has_ended()) take_end(of_process, std::move(outcome));
    };
    job->process = std::make_unique<CaptionProcess>(
        work, job->request.uri.empty() ? of_files_ : of_uris_, ended);
  } catch (const std::exception& error) {
    end(*job, Job::State::kFailed, {500, "server_error", on_one_line(error.what())});
  }
}

// Captions of a medium whose model was lost meanwhile have gaps, if there are any: they are made
// anew, unless it is the medium that the model cannot bear.
void JobQueue::take_end(const std::shared_ptr<Job>& job, CaptionOutcome outcome) {
  const std::vector<std::string>& complaints = outcome.report.complaints();
  const bool was_lost =
      std::any_of(complaints.begin(), complaints.end(), [&](const std::string& complaint) {
        return complaint.find(settings_.model + ": ") != std::string::npos;
      });
  if (!was_lost || outcome.was_late) {
    take_outcome(*job, std::move(outcome), settings_.job_seconds);
    settle(*job);
  } else if (is_shutting_down_) {
    end(*job, Job::State::kFailed, shutting_down());
  } else if (job->attempts >= kMostAttempts) {
    end(*job, Job::State::kFailed,
        {500, "model_lost",
         job->medium_name + ": the model was lost each time that it was captioned."});
  } else {
    job->process.reset();
    job->state = Job::State::kQueued;
    --running_;
    queue_.push_front(job);
    start_next();
  }
}

void JobQueue::let_start(bool may_start) {
  may_start_ = may_start;
  start_next();
}

void JobQueue::end(Job& job, Job::State state, const RequestError& error) {
  if (job.has_ended()) return;
  const bool was_running = job.state == Job::State::kRunning;
  std::erase_if(queue_, [&](const auto& each) { return each.get() == &job; });
  job.state = state;
  job.error = error;
  if (!was_running) job.begun_at = {};
  settle(job);
}

void JobQueue::settle(Job& job) {
  const auto place = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const auto& each) { return each.get() == &job; });
  if (place == jobs_.end()) return;
  const std::shared_ptr<Job> kept_meanwhile = std::move(*place);
  jobs_.erase(place);
  job.ended_at = Job::Clock::now();
  if (job.begun_at != Job::Clock::time_point()) {
    --running_;
    usual_seconds_ = 0.7 * usual_seconds_ + 0.3 * seconds_between(job.begun_at, job.ended_at);
  }
  job.process.reset();
  job.medium.reset();
  if (when_any_ended) when_any_ended(job);
  if (const auto tell = std::exchange(job.when_ended, nullptr)) tell(job);
  start_next();
}

void JobQueue::keep(const std::shared_ptr<Job>& job) {
  if (kept_.size() >= kMostKept) {
    auto oldest = kept_.end();
    for (auto each = kept_.begin(); each != kept_.end(); ++each) {
      if (!each->second->has_ended()) continue;
      if (oldest == kept_.end() || each->second->ended_at < oldest->second->ended_at) oldest = each;
    }
    if (oldest != kept_.end()) kept_.erase(oldest);
  }
  kept_.emplace(job->id, job);
}

std::shared_ptr<Job> JobQueue::find(const std::string& id) const {
  const auto found = kept_.find(id);
  return found == kept_.end() ? nullptr : found->second;
}

void JobQueue::forget(const std::string& id) {
  kept_.erase(id);
}

void JobQueue::forget_old() {
  const auto now = Job::Clock::now();
  std::erase_if(kept_, [&](const auto& each) {
    return each.second->has_ended() &&
           seconds_between(each.second->ended_at, now) > settings_.keep_seconds;
  });
}

void JobQueue::begin_shutdown() {
  is_shutting_down_ = true;
  const std::deque<std::shared_ptr<Job>> refused = std::exchange(queue_, {});
  for (const auto& job : refused) end(*job, Job::State::kFailed, shutting_down());
}

void JobQueue::end_all() {
  begin_shutdown();
  const std::vector<std::shared_ptr<Job>> all = jobs_;
  for (const auto& job : all) end(*job, Job::State::kFailed, shutting_down());
}

int JobQueue::seconds_until_free() const {
  const double rounds =
      std::ceil(static_cast<double>(queue_.size() + 1) / static_cast<double>(settings_.running));
  return static_cast<int>(std::clamp(std::ceil(usual_seconds_ * rounds), 1.0, 600.0));
}

}  // namespace dali
