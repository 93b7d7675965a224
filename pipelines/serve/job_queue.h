// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipelines/serve/confinement.h"
#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/job.h"

namespace dali {

// Jobs that wait and run: so many of each and no more. A job has its place from when its request
// begins, so that nothing is received that would then be refused. On the thread of the main loop.
class JobQueue {
 public:
  struct Settings {
    int running = 1;               // at a time
    int waiting = 16;              // at most, those that are received among them
    int job_seconds = 3600;        // for captioning one medium
    int keep_seconds = 3600;       // an answer that is to be asked for
    std::string model;             // as dali-caption takes it, and names it where it is lost
    std::filesystem::path folder;  // where captions lie while they are made
    std::string program;           // dali-caption
  };

  // `confinements` are borrowed: of media that come with a request and of those named by a URI.
  JobQueue(Settings settings, const Confinement& of_files, const Confinement& of_uris);
  ~JobQueue();

  // A new job with a place. Throws RequestError when there is none, or no more are taken.
  std::shared_ptr<Job> accept();

  // Its medium is there: it waits its turn.
  void submit(const std::shared_ptr<Job>& job);

  // Ends a job that has not ended, for the reason that clients are told.
  void end(Job& job, Job::State state, const RequestError& error);

  // From now on the job is found by its id, until `keep_seconds` after its end.
  void keep(const std::shared_ptr<Job>& job);
  std::shared_ptr<Job> find(const std::string& id) const;
  void forget(const std::string& id);

  // Until then jobs wait, and while what they need is not there.
  void let_start(bool may_start);

  // Takes no more jobs, and refuses those that wait. What runs goes on.
  void begin_shutdown();
  bool is_shutting_down() const { return is_shutting_down_; }
  // Ends what runs, too.
  void end_all();

  std::size_t running() const { return running_; }
  std::size_t waiting() const { return jobs_.size() - running_; }

  // Told of each job that has ended, before its client is.
  std::function<void(const Job&)> when_any_ended;

 private:
  void start_next();
  void start(const std::shared_ptr<Job>& job);
  void take_end(const std::shared_ptr<Job>& job, CaptionOutcome outcome);
  // Its place is free.
  void settle(Job& job);
  void forget_old();
  int seconds_until_free() const;

  const Settings settings_;
  const Confinement& of_files_;
  const Confinement& of_uris_;
  std::vector<std::shared_ptr<Job>> jobs_;  // that have a place
  std::deque<std::shared_ptr<Job>> queue_;  // of them, what waits its turn
  std::size_t running_ = 0;
  std::unordered_map<std::string, std::shared_ptr<Job>> kept_;
  LoopSource forgetting_;
  double usual_seconds_ = 5.0;  // of a job, those of late counting most
  bool may_start_ = false;
  bool is_shutting_down_ = false;
};

}  // namespace dali
