#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "training/loop/stage.h"

namespace dali {

// Tells a person and a program how training goes: one line on standard error, rewritten in place
// on a terminal and printed every `interval_s` elsewhere, with the time left; and one JSON object a
// step in `out`/metrics.jsonl. Throws std::runtime_error naming the file when it cannot be written.
class ProgressLog {
 public:
  ProgressLog(const std::filesystem::path& out, std::int64_t total_steps, double interval_s);
  ~ProgressLog();

  ProgressLog(const ProgressLog&) = delete;
  ProgressLog& operator=(const ProgressLog&) = delete;

  // After each step; `step` counts from 1.
  void step(std::int64_t step, int epoch, const Metrics& metrics);

  // At the end of an epoch that was validated.
  void validation(std::int64_t step, int epoch, const Metrics& metrics);

 private:
  using Clock = std::chrono::steady_clock;

  void write_record(const char* kind, std::int64_t step, int epoch, const Metrics& metrics);
  void show(const std::string& line);

  std::filesystem::path file_;
  std::ofstream records_;
  std::int64_t total_steps_;
  double interval_s_;
  bool is_terminal_;
  Clock::time_point start_;
  Clock::time_point last_shown_;
};

}  // namespace dali
