// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/serve/request_log.h"

namespace dali {

inline constexpr const char* kServeProgram = "dali-serve";

struct ServeCommandLine {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8088;
  std::filesystem::path token_file;  // empty: no token
  std::string model = "toyworld";    // a folder, a name, or the socket of one that is served
  std::string device;                // empty: whatever is best
  std::string precision;             // likewise
  int threads = 0;                   // of the model; 0: the processors
  int jobs = 1;
  int queue = 16;
  int job_seconds = 3600;
  int keep_seconds = 3600;
  int job_memory_mib = 0;  // 0: no limit
  int most_upload_mib = 1024;
  int connections = 2048;
  int header_seconds = 20;
  int body_seconds = 20;
  bool allows_uri = false;
  std::vector<std::string> sources;  // "NAME=URI" or "NAME=PIPELINE"
  double live_window_s = 5.0;
  bool live_events = false;
  bool has_live_media = true;
  std::filesystem::path folder;  // empty: the system's for temporary files
  RequestLog::Form log_form = RequestLog::Form::kReadable;
};

// Or the exit status, where there is nothing to be served: after --help, or an error that was said.
std::variant<ServeCommandLine, int> parse_serve_command_line(int argument_count, char** arguments);

}  // namespace dali
