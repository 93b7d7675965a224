// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/serve.h"

#include <fmt/format.h>
#include <glib-unix.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "command/standard_streams.h"
#include "model/base/installation.h"
#include "model/base/model_folders.h"
#include "pipelines/serve/http_front.h"
#include "pipelines/serve/listening_sockets.h"
#include "pipelines/serve/live_command.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Each connection, medium and process takes some.
void raise_descriptor_limit() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A program that was built or installed with this one: beside it, in its tree, or wherever the
// user's programs are.
std::string program_named(const char* name) {
  std::error_code error;
  const fs::path beside = folder_of(reinterpret_cast<const void*>(&raise_descriptor_limit)) / name;
  if (fs::exists(beside, error)) return beside;
  const fs::path installed = installed_file(InstalledFolder::kPrograms, name);
  if (fs::exists(installed, error)) return installed;
  g_autofree gchar* found = g_find_program_in_path(name);
  if (found == nullptr) throw std::runtime_error(installed.string() + ": there is no such program");
  return found;
}

fs::path checked_folder(const fs::path& wanted) {
  const fs::path folder = wanted.empty() ? fs::temp_directory_path() : wanted;
  OpenFile trial(folder);  // throws where none can be made
  return folder;
}

JobQueue::Settings job_settings(const ServeCommandLine& line, const std::string& model,
                                const fs::path& folder) {
  return {.running = line.jobs,
          .waiting = line.queue,
          .job_seconds = line.job_seconds,
          .keep_seconds = line.keep_seconds,
          .model = model,
          .folder = folder,
          .program = program_named("dali-caption")};
}

ModelProcess::Settings model_settings(const ServeCommandLine& line) {
  ModelProcess::Settings settings{.program = program_named("dali-model"),
                                  .model = line.model,
                                  .options = {"--threads=" + std::to_string(line.threads)}};
  if (!line.device.empty()) settings.options.push_back("--device=" + line.device);
  if (!line.precision.empty()) settings.options.push_back("--precision=" + line.precision);
  return settings;
}

std::vector<ObjectHandle<GSocket>> sockets_of(const ServeCommandLine& line, bool has_token) {
  std::vector<ObjectHandle<GSocket>> sockets = inherited_sockets();
  if (sockets.empty()) sockets.push_back(listening_socket(line.address, line.port));
  for (const auto& socket : sockets) {
    if (has_token || is_of_this_machine(socket.get())) continue;
    throw std::runtime_error(address_text(socket.get()) +
                             " is reached by other machines, which needs --token-file");
  }
  return sockets;
}

void add_sources(const ServeCommandLine& line, const std::string& model,
                 const Confinement& confinement, LiveHub& live) {
  for (const std::string& each : line.sources) {
    auto [name, medium] = parsed_source(each);
    live.add(std::make_unique<LiveSource>(
        LiveSource::Settings{.name = std::move(name),
                             .medium = std::move(medium),
                             .program = program_named("gst-launch-1.0"),
                             .model = model,
                             .window_ms = static_cast<int>(line.live_window_s * 1000.0),
                             .is_of_events = line.live_events,
                             .has_media = line.has_live_media},
        confinement));
  }
}

// The plugin of this program's tree, for the processes of live sources: gst-launch-1.0 is not of
// it.
void show_own_plugin() {
  const fs::path plugin = own_installed_file(InstalledFolder::kPlugins, "libgstdali.so");
  if (plugin.empty()) return;
  // GStreamer looks at the second where there is no first.
  const char* const of_version = "GST_PLUGIN_PATH_1_0";
  const char* const variable = g_getenv(of_version) == nullptr ? "GST_PLUGIN_PATH" : of_version;
  const char* const present = g_getenv(variable);
  const std::string folders =
      (present == nullptr || *present == '\0' ? "" : present + std::string(":")) +
      plugin.parent_path().string();
  g_setenv(variable, folders.c_str(), TRUE);
}

// What ends the program, step by step.
class Shutdown {
 public:
  Shutdown(GMainLoop* loop, Connections& connections, JobQueue& jobs, LiveHub& live,
           const RequestLog& log)
      : loop_(loop), connections_(connections), jobs_(jobs), live_(live), log_(log) {
    const auto stop = [](gpointer self) -> gboolean {
      static_cast<Shutdown*>(self)->signalled();
      return G_SOURCE_CONTINUE;
    };
    term_ = LoopSource(g_unix_signal_add(SIGTERM, stop, this));
    interrupt_ = LoopSource(g_unix_signal_add(SIGINT, stop, this));
  }

 private:
  void signalled() {
    if (jobs_.is_shutting_down()) {
      jobs_.end_all();
      g_main_loop_quit(loop_);
      return;
    }
    log_.say(
        fmt::format("shutting down: {} running, {} refused", jobs_.running(), jobs_.waiting()));
    connections_.stop_accepting();
    jobs_.begin_shutdown();
    live_.end_all();
    const auto look = [](gpointer self) -> gboolean {
      auto& shutdown = *static_cast<Shutdown*>(self);
      const bool is_done = shutdown.jobs_.running() == 0 && shutdown.jobs_.waiting() == 0 &&
                           shutdown.connections_.count() == 0;
      if (is_done) g_main_loop_quit(shutdown.loop_);
      return G_SOURCE_CONTINUE;
    };
    constexpr guint kLookMilliseconds = 20;
    looking_ = LoopSource(g_timeout_add(kLookMilliseconds, look, this));
  }

  GMainLoop* loop_;
  Connections& connections_;
  JobQueue& jobs_;
  LiveHub& live_;
  const RequestLog& log_;
  LoopSource term_;
  LoopSource interrupt_;
  LoopSource looking_;
};

struct LoopUnref {
  void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};

}  // namespace

void serve(const ServeCommandLine& line) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a limit to the size of files is an error of the write
  raise_descriptor_limit();
  show_own_plugin();
  const Access access(line.token_file.empty() ? std::string() : token_in(line.token_file));
  std::vector<ObjectHandle<GSocket>> sockets = sockets_of(line, access.needs_token());
  const rlim_t memory =
      line.job_memory_mib == 0 ? RLIM_INFINITY : static_cast<rlim_t>(line.job_memory_mib) << 20;
  const Confinement of_files(
      {.may_use_network = false, .memory_bytes = memory, .written_bytes = kMostCaptionBytes});
  const Confinement of_uris(
      {.may_use_network = true, .memory_bytes = memory, .written_bytes = kMostCaptionBytes});
  // What the model and live sources are is the administrator's word.
  const Confinement of_own({.may_use_network = true});
  const RequestLog log(line.log_form);
  Metrics metrics;
  std::optional<ModelProcess> model;
  if (!is_model_socket(line.model)) model.emplace(model_settings(line), of_own);
  const std::string model_place = model ? model->socket().string() : line.model;
  const fs::path folder = checked_folder(line.folder);
  JobQueue jobs(job_settings(line, model_place, folder), of_files, of_uris);
  LiveHub live;
  add_sources(line, model_place, of_own, live);
  jobs.when_any_ended = [&](const Job& job) { metrics.count_job(job); };

  ServerParts parts{.access = access,
                    .jobs = jobs,
                    .metrics = metrics,
                    .live = live,
                    .log = log,
                    .folder = folder,
                    .most_upload_bytes = static_cast<std::uint64_t>(line.most_upload_mib) << 20,
                    .allows_uri = line.allows_uri,
                    .model = fs::path(line.model).filename(),
                    .model_process = model ? &*model : nullptr};
  // Connections go before what they borrow, libsoup's before ours.
  std::optional<Connections> connections;
  HttpFront front(parts);
  connections.emplace(front.server(), Connections::Limits{.connections = line.connections,
                                                          .header_seconds = line.header_seconds,
                                                          .body_grace_seconds = line.body_seconds});
  parts.connections = &*connections;

  std::string places;
  for (auto& socket : sockets) {
    places += "dali-serve: listening at " + address_text(socket.get()) + "\n";
    connections->accept_from(std::move(socket));
  }
  write_to_standard_output(places);
  const std::unique_ptr<GMainLoop, LoopUnref> loop(g_main_loop_new(nullptr, FALSE));
  const Shutdown shutdown(loop.get(), *connections, jobs, live, log);
  std::string failure;
  if (model) {
    model->when_ready = [&] {
      log.say("the model is loaded");
      jobs.let_start(true);
      live.start_all();
    };
    model->when_lost = [&](const std::string& why) {
      log.say(why + "; it is loaded anew");
      jobs.let_start(false);
    };
    model->when_useless = [&](const std::string& why) {
      failure = why;
      jobs.end_all();
      g_main_loop_quit(loop.get());
    };
  } else {
    jobs.let_start(true);
    live.start_all();
  }
  g_main_loop_run(loop.get());
  if (!failure.empty()) throw std::runtime_error(failure);
}

}  // namespace dali
