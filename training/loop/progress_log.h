// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "command/status_line.h"
#include "model/base/appended_file.h"
#include "training/loop/event_file.h"
#include "training/loop/stage.h"
#include "training/timing/step_clock.h"

namespace dali {

struct StepCount {
  std::int64_t done = 0;  // by an earlier run that this one goes on from
  std::int64_t total = 0;
};

// Tells a person and a program how training goes: a status line, every `interval_s` where it is not
// rewritten, with the time left; one JSON object a step in `out`/metrics.jsonl, where the records
// of steps that a killed run did beyond `steps.done` are dropped; and the same figures for
// TensorBoard. Throws std::runtime_error naming the file when it cannot be written.
class ProgressLog {
 public:
  ProgressLog(const std::filesystem::path& out, const StepCount& steps, double interval_s);
  ~ProgressLog();

  ProgressLog(const ProgressLog&) = delete;
  ProgressLog& operator=(const ProgressLog&) = delete;

  // After each step; `step` counts from 1. `times` stand in the record as "seconds", an object with
  // a number for each part and "all", and on the status line in shares.
  void step(std::int64_t step, int epoch, const Metrics& metrics, const StepTimes& times);

  // After a step that a validation followed, of this epoch or within it.
  void validation(std::int64_t step, int epoch, const Metrics& metrics);

 private:
  void write_record(const char* kind, std::int64_t step, int epoch, const Metrics& metrics,
                    const std::map<std::string, double>& seconds = {});

  AppendedFile records_;
  EventFile events_;
  StepCount steps_;
  StatusLine line_;
  StatusLine::Clock::time_point start_;
};

}  // namespace dali
