// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/command_line.h"

#include <CLI/CLI.hpp>

#include "command/command_line.h"

namespace dali {
namespace {

constexpr int kSecondsOfAWeek = 604800;

void add_listening(CLI::App& app, ServeCommandLine& line) {
  app.add_option("--listen", line.address,
                 "Address to listen at; one that other machines reach needs --token-file\n"
                 "(default: 127.0.0.1)")
      ->type_name("ADDRESS");
  app.add_option("--port", line.port,
                 "Port to listen at; 0 takes one that is free, and the first line on\n"
                 "standard output tells which (default: 8088)")
      ->check(CLI::Range(0, 65535))
      ->type_name("N");
  app.add_option("--token-file", line.token_file,
                 "A file whose first line, of 16 characters or more, is what clients send in\n"
                 "the header 'Authorization: Bearer TOKEN'")
      ->type_name("FILE");
  app.add_option("--connections", line.connections, "Clients that may be connected (default: 2048)")
      ->check(CLI::Range(1, 100000))
      ->type_name("N");
  app.add_option("--header-seconds", line.header_seconds,
                 "In which a request's header has to come (default: 20)")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS");
  app.add_option("--body-seconds", line.body_seconds,
                 "After which a request's body has to have come at 1 KiB a second or more\n"
                 "(default: 20)")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS");
}

void add_jobs(CLI::App& app, ServeCommandLine& line) {
  app.add_option("-m,--model", line.model,
                 "Folder of the model, the name of a fetched one, or the socket that\n"
                 "'dali-model serve' made (default: toyworld, the embedded model). A folder\n"
                 "or name is loaded once, by a process that is started anew if it ends")
      ->type_name("DIR");
  app.add_option("--device", line.device, "auto, cpu, cuda or cuda:N (default: auto)")
      ->type_name("NAME");
  app.add_option("--precision", line.precision,
                 "What the model computes in: auto, float32 or bfloat16 (default: auto)")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->type_name("NAME");
  app.add_option("--threads", line.threads,
                 "How many threads the model computes with (default: 0, as many as there are\n"
                 "processors)")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  app.add_option("-j,--jobs", line.jobs, "Media that are captioned at a time (default: 1)")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app.add_option("--queue", line.queue,
                 "Media that may wait besides; who comes then is answered with status 429\n"
                 "(default: 16)")
      ->check(CLI::Range(0, 100000))
      ->type_name("N");
  app.add_option("--job-seconds", line.job_seconds,
                 "After which captioning a medium is given up (default: 3600)")
      ->check(CLI::Range(1, kSecondsOfAWeek))
      ->type_name("SECONDS");
  app.add_option("--job-memory", line.job_memory_mib,
                 "Address space that captioning a medium may take, in MiB (default: 0, as\n"
                 "much as there is)")
      ->check(CLI::Range(0, 1 << 30))
      ->type_name("MIB");
  app.add_option("--keep-seconds", line.keep_seconds,
                 "How long the captions of a job can be asked for after its end\n"
                 "(default: 3600)")
      ->check(CLI::Range(1, kSecondsOfAWeek))
      ->type_name("SECONDS");
  app.add_option("--max-upload", line.most_upload_mib, "Largest medium, in MiB (default: 1024)")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MIB");
  app.add_option("--folder", line.folder,
                 "Where media lie while they are captioned, without a name (default: the\n"
                 "system's folder for temporary files)")
      ->type_name("DIR");
  app.add_flag("--allow-uri", line.allows_uri,
               "Requests may name a medium by an address of http or https, which this\n"
               "machine then fetches, wherever in its network that leads");
}

void add_live_sources(CLI::App& app, ServeCommandLine& line) {
  app.add_option("--source", line.sources,
                 "A live source to caption as long as the server runs: NAME=URI, or\n"
                 "NAME=PIPELINE as for gst-launch-1.0, which links to captioner.audio_sink,\n"
                 "captioner.video_sink or both; may be given several times")
      ->type_name("NAME=URI")
      ->expected(1)
      ->take_all();
  app.add_option("--live-window", line.live_window_s,
                 "Length of what one caption of a live source describes (default: 5)")
      ->check(CLI::Range(1.0, 60.0))
      ->type_name("SECONDS");
  app.add_flag("--live-events", line.live_events,
               "Caption what starts in live sources, once, in place of each window; windows\n"
               "overlap for it, so that it takes the model four times as long");
  app.add_flag_callback(
      "--no-live-media", [&line] { line.has_live_media = false; },
      "Send no picture and sound of live sources on, which spares encoding them");
}

}  // namespace

std::variant<ServeCommandLine, int> parse_serve_command_line(int argument_count, char** arguments) {
  CLI::App app{
      "dali-serve captions media and live sources over HTTP: a medium in, captions of what it\n"
      "sounds and looks like out. It serves its own machine unless it is told more."};
  ServeCommandLine line;
  add_listening(app, line);
  add_jobs(app, line);
  add_live_sources(app, line);
  app.add_flag_callback(
      "--log-json", [&line] { line.log_form = RequestLog::Form::kJson; },
      "Write each line of the log as JSON");
  if (const auto status = parse_command_line(app, kServeProgram, argument_count, arguments)) {
    return *status;
  }
  return line;
}

}  // namespace dali
