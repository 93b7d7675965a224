// dali-caption: from media files to captions.

#include <gst/gst.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <vector>

#include "pipelines/atomic_file.h"
#include "pipelines/caption_formats.h"
#include "pipelines/caption_pipeline.h"
#include "pipelines/command_line.h"
#include "pipelines/errors.h"
#include "pipelines/interrupt.h"
#include "pipelines/captioned_file.h"
#include "pipelines/progress.h"
#include "pipelines/timing_report.h"

namespace {

using dali::AtomicFile;
using dali::CommandLine;
using dali::Medium;
using dali::OutputFormat;
using dali::Progress;
using dali::TimedCaption;

enum ExitStatus { kDone = 0, kFailed = 1, kUsedWrongly = 2 };

void complain(Progress& progress, const std::string& message) {
  progress.clear();
  std::fprintf(stderr, "dali-caption: %s\n", message.c_str());
}

void print(Progress& progress, const std::string& text) {
  progress.clear();
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);  // a reader behind a pipe sees a caption as soon as it is known
}

std::string text_in(OutputFormat format, const std::vector<TimedCaption>& captions) {
  switch (format) {
    case OutputFormat::kSrt:
      return dali::to_srt(captions);
    case OutputFormat::kJson:
      return dali::to_json(captions);
    default:
      return dali::to_webvtt(captions);
  }
}

// What broken media hold makes GStreamer's libraries print warnings of several lines. Said once, by
// us, is enough.
void log(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer) {
  const bool is_of_media = domain != nullptr && g_str_has_prefix(domain, "GStreamer") != FALSE;
  if (is_of_media && level == G_LOG_LEVEL_WARNING) return;
  g_log_default_handler(domain, level, message, nullptr);
}

// One medium, from opening it to its finished output.
void caption(const Medium& medium, const CommandLine& line, Progress& progress) {
  dali::uri_of(medium);  // a medium that is not there leaves no trace, neither here nor on disk
  std::optional<AtomicFile> file;
  if (!medium.output.empty()) file.emplace(medium.output);
  const auto warn = [&](const std::string& message) { complain(progress, message); };
  const auto on_caption = [&](const TimedCaption& caption) {
    if (line.format == OutputFormat::kLines) print(progress, dali::to_line(caption));
  };
  if (line.media.size() > 1 && !file) print(progress, medium.name + ":\n");
  const auto on_stats = [&](const GstStructure* stats) {
    progress.clear();
    if (line.timing) std::fputs(dali::timing_report(medium.name, stats).c_str(), stderr);
  };
  const std::vector<TimedCaption> captions =
      dali::caption_medium(medium, line.element_properties, progress, on_caption, warn, on_stats);
  if (line.format == OutputFormat::kLines) return;
  if (!file) {
    print(progress, text_in(line.format, captions));
    return;
  }
  if (dali::is_container(line.format)) {
    const dali::CaptionedFileRequest request{
        .container = line.format == OutputFormat::kMatroska ? dali::Container::kMatroska
                                                            : dali::Container::kMp4,
        .place = line.burn_in ? dali::CaptionPlace::kPicture : dali::CaptionPlace::kSubtitleTrack,
        .language = line.language,
        .output = file->temporary_path()};
    dali::write_captioned_file(medium, captions, request, progress, warn);
  } else {
    file->write(text_in(line.format, captions));
  }
  file->commit();
}

// A medium that fails does not keep the others from their captions.
ExitStatus caption_all(const CommandLine& line) {
  Progress progress(Progress::style_of_standard_error(line.quiet));
  ExitStatus status = kDone;
  try {
    dali::check_captioner(line.element_properties);
    for (const Medium& medium : line.media) {
      try {
        caption(medium, line, progress);
      } catch (const dali::MediaError& error) {
        complain(progress, error.what());
        status = kFailed;
      }
    }
  } catch (const dali::UsageError& error) {
    complain(progress, error.what());
    return kUsedWrongly;
  } catch (const std::exception& error) {
    complain(progress, error.what());
    return kFailed;
  }
  return status;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const dali::ParsedCommandLine parsed = dali::parse_command_line(argument_count, arguments);
  if (!parsed.command_line) return parsed.exit_status;
  g_log_set_default_handler(log, nullptr);
  gst_init(nullptr, nullptr);
  dali::watch_for_interrupt();
  return caption_all(*parsed.command_line);
}
