// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/serve/caption_process.h"
#include "pipelines/serve/caption_request.h"
#include "pipelines/serve/open_file.h"
#include "pipelines/serve/request_error.h"

namespace dali {

// A medium to be captioned, from when its place is given to until its answer is forgotten. On the
// thread of the main loop.
struct Job {
  enum class State { kReceiving, kQueued, kRunning, kDone, kFailed, kCancelled };
  using Clock = std::chrono::steady_clock;

  std::string id;  // not to be guessed
  State state = State::kReceiving;
  CaptionRequest request;
  std::string medium_name = "the medium";  // in what clients are told; never opened
  std::optional<OpenFile> medium;          // closed when the job has ended
  std::unique_ptr<CaptionProcess> process;
  Clock::time_point accepted_at = Clock::now();
  Clock::time_point begun_at;
  Clock::time_point ended_at;

  std::string answer;                 // of kDone
  std::optional<RequestError> error;  // of kFailed and kCancelled
  CaptionOutcome outcome;             // once a process has ended
  int attempts = 0;                   // processes that were started for it

  // Told once when it has ended, unless its client has gone.
  std::function<void(Job&)> when_ended;

  bool has_ended() const {
    return state == State::kDone || state == State::kFailed || state == State::kCancelled;
  }
  double fraction() const;
  // Of kDone: what is not as it should be in its captions, in the client's words.
  std::vector<std::string> warnings() const;
};

const char* to_string(Job::State state);

// 128 bits by the kernel's own chance, in hexadecimal digits.
std::string unguessable_id();

// What a process that ended means to the client: an answer in `job`, or an error.
void take_outcome(Job& job, CaptionOutcome outcome, int seconds_allowed);

}  // namespace dali
