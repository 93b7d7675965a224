// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/request_log.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "model/base/one_line.h"
#include "pipelines/serve/utc_now.h"

namespace dali {
namespace {

using nlohmann::ordered_json;

// In one call, so that lines of other processes do not come between.
void write_line(const std::string& line) {
  const std::string whole = line + '\n';
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  std::fflush(stderr);
}

std::string on_a_line_of_json(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

void RequestLog::write(const Request& request) const {
  const double seconds = std::round(request.seconds * 1e3) / 1e3;
  if (form_ == Form::kJson) {
    ordered_json line = {{"time", utc_now()},        {"client", request.client},
                         {"method", request.method}, {"path", request.path},
                         {"status", request.status}, {"received", request.received_bytes},
                         {"seconds", seconds}};
    if (!request.job.empty()) line["job"] = request.job;
    if (!request.error.empty()) line["error"] = request.error;
    write_line(on_a_line_of_json(line));
    return;
  }
  std::string line =
      fmt::format("{} {} {} {} {} {} bytes {} s", utc_now(), request.client, request.method,
                  on_one_line(request.path), request.status, request.received_bytes, seconds);
  if (!request.job.empty()) line += " job " + request.job;
  if (!request.error.empty()) line += " " + on_one_line(request.error);
  write_line(line);
}

void RequestLog::say(const std::string& what) const {
  if (form_ == Form::kJson) {
    write_line(on_a_line_of_json({{"time", utc_now()}, {"message", what}}));
  } else {
    write_line(utc_now() + " " + on_one_line(what));
  }
}

}  // namespace dali
