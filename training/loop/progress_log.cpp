#include "training/loop/progress_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace dali {
namespace {

std::string describe(const Metrics& metrics) {
  std::string text;
  for (const auto& [name, value] : metrics) text += fmt::format("  {} {:.4g}", name, value);
  return text;
}

}  // namespace

ProgressLog::ProgressLog(const std::filesystem::path& out, std::int64_t total_steps,
                         double interval_s)
    : file_(out / "metrics.jsonl"),
      records_(file_),
      total_steps_(total_steps),
      interval_s_(interval_s),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_shown_(start_) {
  if (!records_) throw std::runtime_error(file_.string() + ": cannot be written");
}

ProgressLog::~ProgressLog() {
  if (is_terminal_) std::fputc('\n', stderr);
}

void ProgressLog::step(std::int64_t step, int epoch, const Metrics& metrics) {
  write_record("step", step, epoch, metrics);
  const auto now = Clock::now();
  const double since_shown_s = std::chrono::duration<double>(now - last_shown_).count();
  const bool is_due = since_shown_s >= (is_terminal_ ? 0.2 : interval_s_) || step == total_steps_;
  if (!is_due) return;
  last_shown_ = now;
  const auto left = (now - start_) / step * (total_steps_ - step);
  show(fmt::format("step {}/{}  epoch {}{}  {:%H:%M:%S} left", step, total_steps_, epoch,
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
  records_ << record.dump() << '\n' << std::flush;
  if (!records_) throw std::runtime_error(file_.string() + ": cannot be written");
}

void ProgressLog::show(const std::string& line) {
  // Terminals rewrite their last line: back to its start, new text, erase what is left of the old.
  fmt::print(stderr, fmt::runtime(is_terminal_ ? "\r{}\x1b[K" : "{}\n"), line);
  std::fflush(stderr);
}

}  // namespace dali
