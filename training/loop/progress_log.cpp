// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/progress_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
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
      events_(out, steps.done + 1),
      steps_(steps),
      line_(StatusLine::style_of_standard_error(),
            std::chrono::duration_cast<StatusLine::Clock::duration>(
                std::chrono::duration<double>(interval_s))),
      start_(StatusLine::Clock::now()) {}

ProgressLog::~ProgressLog() {
  line_.end();
}

void ProgressLog::step(std::int64_t step, int epoch, const Metrics& metrics,
                       const StepTimes& times) {
  std::map<std::string, double> seconds = {{"all", times.seconds_in_all()}};
  for (const StepPart part : kStepParts) seconds[name_of(part)] = times.seconds(part);
  write_record("step", step, epoch, metrics, seconds);
  if (!line_.is_due() && step != steps_.total) return;
  const auto elapsed = StatusLine::Clock::now() - start_;
  const auto left = elapsed / (step - steps_.done) * (steps_.total - step);
  line_.show(fmt::format("step {}/{}  epoch {}{}  {:.3g} s ({})  {:%H:%M:%S} left", step,
                         steps_.total, epoch, describe(metrics), times.seconds_in_all(),
                         times.shares(), std::chrono::duration_cast<std::chrono::seconds>(left)));
}

void ProgressLog::validation(std::int64_t step, int epoch, const Metrics& metrics) {
  write_record("validation", step, epoch, metrics);
  line_.show(fmt::format("epoch {} validated{}", epoch, describe(metrics)));
  line_.end();
}

void ProgressLog::write_record(const char* kind, std::int64_t step, int epoch,
                               const Metrics& metrics,
                               const std::map<std::string, double>& seconds) {
  nlohmann::json record = metrics;
  if (!seconds.empty()) record["seconds"] = seconds;
  record["kind"] = kind;
  record["step"] = step;
  record["epoch"] = epoch;
  std::map<std::string, double> scalars;
  for (const auto& [name, figure] : metrics) scalars[fmt::format("{}/{}", kind, name)] = figure;
  for (const auto& [part, time] : seconds) scalars["seconds/" + part] = time;
  events_.add(step, scalars);
  records_.append(record.dump() + '\n');
}

}  // namespace dali
