// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/metrics.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace dali {
namespace {

// In bytes; 0 where the system does not tell.
double resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmRSS:")) continue;
    std::istringstream value(line.substr(line.find(':') + 1));
    double kib = 0.0;
    value >> kib;
    return kib * 1024.0;
  }
  return 0.0;
}

void add_heading(std::string& text, const char* name, const char* type, const char* help) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void add_one(std::string& text, const char* name, const char* type, const char* help,
             double value) {
  add_heading(text, name, type, help);
  text += fmt::format("{} {}\n", name, value);
}

}  // namespace

void Metrics::Histogram::add(double seconds) {
  for (std::size_t i = 0; i < kUpTo.size(); ++i) {
    if (seconds <= kUpTo[i]) ++counts[i];
  }
  ++count;
  sum += seconds;
}

void Metrics::count_request(std::string_view route, int status) {
  ++requests_[{std::string(route), status}];
}

void Metrics::count_job(const Job& job) {
  ++jobs_[job.error ? job.error->type() : "done"];
  if (job.state == Job::State::kDone) {
    delays_.add(std::chrono::duration<double>(job.ended_at - job.accepted_at).count());
  }
  for (const auto& [name, figure] : job.outcome.report.figures()) {
    if (name == "windows") {
      windows_ += figure;
    } else if (name != "tokens") {
      stage_seconds_[name] += figure;
    }
  }
}

namespace {

// Of each source of `live`.
void add_live(std::string& text, const LiveHub& live) {
  add_heading(text, "dali_live_windows_total", "counter",
              "Windows of live sources, by what became of them.");
  for (const auto& source : live.sources()) {
    for (const auto& [outcome, count] : source->windows()) {
      text += fmt::format("dali_live_windows_total{{source=\"{}\",outcome=\"{}\"}} {}\n",
                          source->name(), outcome, count);
    }
  }
  add_heading(text, "dali_live_restarts_total", "counter", "How often live sources began anew.");
  for (const auto& source : live.sources()) {
    text += fmt::format("dali_live_restarts_total{{source=\"{}\"}} {}\n", source->name(),
                        source->restarts());
  }
  add_heading(text, "dali_live_watchers", "gauge", "Who watches live sources.");
  for (const auto& source : live.sources()) {
    text += fmt::format("dali_live_watchers{{source=\"{}\"}} {}\n", source->name(),
                        source->feed().watchers());
  }
}

}  // namespace

std::string Metrics::text(const Present& present) const {
  std::string text;
  add_heading(text, "dali_http_requests_total", "counter",
              "Requests answered, by route and status.");
  for (const auto& [request, count] : requests_) {
    text += fmt::format("dali_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n",
                        request.first, request.second, count);
  }
  add_heading(text, "dali_jobs_total", "counter",
              "Media that were to be captioned, by what became of them.");
  for (const auto& [outcome, count] : jobs_) {
    text += fmt::format("dali_jobs_total{{outcome=\"{}\"}} {}\n", outcome, count);
  }
  add_one(text, "dali_jobs_running", "gauge", "Media that are being captioned.",
          static_cast<double>(present.running));
  add_one(text, "dali_jobs_waiting", "gauge", "Media that are received or wait their turn.",
          static_cast<double>(present.waiting));
  constexpr const char* kDelay = "dali_job_delay_seconds";
  add_heading(text, kDelay, "histogram", "From a request to its captions.");
  for (std::size_t i = 0; i < Histogram::kUpTo.size(); ++i) {
    text +=
        fmt::format("{}_bucket{{le=\"{}\"}} {}\n", kDelay, Histogram::kUpTo[i], delays_.counts[i]);
  }
  text += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", kDelay,
                      delays_.count, delays_.sum);
  add_one(text, "dali_windows_total", "counter", "Windows described in media.", windows_);
  add_heading(text, "dali_stage_seconds_total", "counter", "Time of the model's stages.");
  for (const auto& [stage, seconds] : stage_seconds_) {
    text += fmt::format("dali_stage_seconds_total{{stage=\"{}\"}} {}\n", stage, seconds);
  }
  add_one(text, "dali_connections", "gauge", "Connections of clients.",
          static_cast<double>(present.connections));
  add_one(text, "dali_connections_cut_total", "counter",
          "Connections ended because the client was too slow.",
          static_cast<double>(present.cut_connections));
  add_one(text, "dali_connections_turned_away_total", "counter", "Connections beyond the limit.",
          static_cast<double>(present.turned_away_connections));
  add_one(text, "dali_model_restarts_total", "counter",
          "How often the model was loaded anew, as its process had ended.",
          static_cast<double>(present.model_restarts));
  if (present.live != nullptr) add_live(text, *present.live);
  add_one(text, "process_resident_memory_bytes", "gauge", "Memory of the server itself.",
          resident_bytes());
  return text;
}

}  // namespace dali
