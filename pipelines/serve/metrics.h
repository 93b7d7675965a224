// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "pipelines/serve/job.h"
#include "pipelines/serve/live_hub.h"

namespace dali {

// How many of what, since the server began, in the text form that Prometheus reads. One thread.
class Metrics {
 public:
  void count_request(std::string_view route, int status);
  void count_job(const Job& job);

  // What holds now, which others know.
  struct Present {
    std::size_t running = 0;
    std::size_t waiting = 0;
    std::size_t connections = 0;
    std::uint64_t cut_connections = 0;
    std::uint64_t turned_away_connections = 0;
    const LiveHub* live = nullptr;
    std::uint64_t model_restarts = 0;
  };
  std::string text(const Present& present) const;

 private:
  // How many took up to so many seconds.
  struct Histogram {
    static constexpr std::array kUpTo = {0.1,  0.25, 0.5,   1.0,   2.5,   5.0,   10.0,
                                         30.0, 60.0, 120.0, 300.0, 600.0, 1800.0};
    std::array<std::uint64_t, kUpTo.size()> counts{};
    std::uint64_t count = 0;
    double sum = 0.0;
    void add(double seconds);
  };

  std::map<std::pair<std::string, int>, std::uint64_t> requests_;  // route, status
  std::map<std::string, std::uint64_t> jobs_;                      // outcome
  Histogram delays_;  // from a job's acceptance to its end, of those that were answered
  double windows_ = 0.0;
  std::map<std::string, double> stage_seconds_;
};

}  // namespace dali
