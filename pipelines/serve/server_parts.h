// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "pipelines/serve/access.h"
#include "pipelines/serve/connections.h"
#include "pipelines/serve/job_queue.h"
#include "pipelines/serve/live_hub.h"
#include "pipelines/serve/metrics.h"
#include "pipelines/serve/model_process.h"
#include "pipelines/serve/request_log.h"

namespace dali {

// What requests are answered with. Borrowed by them all; it outlives them.
struct ServerParts {
  const Access& access;
  JobQueue& jobs;
  Metrics& metrics;
  LiveHub& live;
  const RequestLog& log;
  std::filesystem::path folder;  // where media lie while they are captioned
  std::uint64_t most_upload_bytes = 0;
  bool allows_uri = false;
  std::string model;  // by its name, for clients that ask
  const Connections* connections = nullptr;
  const ModelProcess* model_process = nullptr;  // null: the model is held by another program

  bool is_ready() const { return model_process == nullptr || model_process->is_ready(); }

  Metrics::Present present() const {
    return {.running = jobs.running(),
            .waiting = jobs.waiting(),
            .connections = connections->count(),
            .cut_connections = connections->cut_for_slowness(),
            .turned_away_connections = connections->turned_away(),
            .live = &live,
            .model_restarts = model_process == nullptr ? 0 : model_process->restarts()};
  }
};

}  // namespace dali
