// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/progress_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

std::string describe(const Metrics& metrics) {
  std::string text;
  for (const auto& [name, value] : metrics) text += fmt::format("  {} {:.4g}", name, value);
  return text;
}

// Keeps the records of the first `steps` steps. A record that a kill cut short is none.
std::filesystem::path without_later_records(const std::filesystem::path& file, std::int64_t steps) {
  std::ifstream old(file);
  if (!old) return file;
  FileReplacement kept(file);
  for (std::string line; std::getline(old, line);) {
    const auto record = nlohmann::json::parse(line, /*cb=*/nullptr, /*allow_exceptions=*/false);
    if (record.is_object() && record.value("step", steps + 1) <= steps) kept.write(line + "\n");
  }
  kept.commit();
  return file;
}

}  // namespace

ProgressLog::ProgressLog(const std::filesystem::path& out, const StepCount& steps,
                         double interval_s)
    : records_(without_later_records(out / "metrics.jsonl", steps.done)),
      events_(out, steps.done),
      steps_(steps),
      interval_s_(interval_s),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_shown_(start_) {}

ProgressLog::~ProgressLog() {
  if (is_terminal_) std::fputc('\n', stderr);
}

void ProgressLog::step(std::int64_t step, int epoch, const Metrics& metrics) {
  write_record("step", step, epoch, metrics);
  const auto now = Clock::now();
  const double since_shown_s = std::chrono::duration<double>(now - last_shown_).count();
  const bool is_due = since_shown_s >= (is_terminal_ ? 0.2 : interval_s_) || step == steps_.total;
  if (!is_due) return;
  last_shown_ = now;
  const auto left = (now - start_) / (step - steps_.done) * (steps_.total - step);
  show(fmt::format("step {}/{}  epoch {}{}  {:%H:%M:%S} left", step, steps_.total, epoch,
                   describe(metrics), std::chrono::duration_cast<std::chrono::seconds>(left)));
}

void ProgressLog::validation(std::int64_t step, int epoch, const Metrics& metrics) {
  write_record("validation", step, epoch, metrics);
  show(fmt::format("epoch {} validated{}", epoch, describe(metrics)));
  if (is_terminal_) std::fputc('\n', stderr);
}

void ProgressLog::write_record(const char* kind, std::int64_t step, int epoch,
                               const Metrics& metrics) {
  nlohmann::json record = metrics;
  record["kind"] = kind;
  record["step"] = step;
  record["epoch"] = epoch;
  std::map<std::string, double> scalars;
  for (const auto& [name, figure] : metrics) scalars[fmt::format("{}/{}", kind, name)] = figure;
  events_.add(step, scalars);
  records_.append(record.dump() + '\n');
}

void ProgressLog::show(const std::string& line) {
  // Terminals rewrite their last line: back to its start, new text, erase what is left of the old.
  fmt::print(stderr, fmt::runtime(is_terminal_ ? "\r{}\x1b[K" : "{}\n"), line);
  std::fflush(stderr);
}

}  // namespace dali
