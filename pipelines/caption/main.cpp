// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-caption: from media files to captions.

#include <gst/gst.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <vector>

#include "model/base/file_replacement.h"
#include "pipelines/caption/apart.h"
#include "pipelines/caption/caption_formats.h"
#include "pipelines/caption/caption_pipeline.h"
#include "pipelines/caption/captioned_file.h"
#include "pipelines/caption/command_line.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/opened_medium.h"
#include "pipelines/caption/progress.h"
#include "pipelines/caption/standard_streams.h"
#include "pipelines/caption/timing_report.h"

namespace {

using dali::CommandLine;
using dali::FileError;
using dali::FileReplacement;
using dali::Medium;
using dali::OutputFormat;
using dali::Progress;
using dali::TimedCaption;

enum ExitStatus {
  kDone = 0,
  kFailed = 1,
  kUsedWrongly = 2,
  // Of the process that captions one medium: the others would fail in the same way.
  kAllFail = 3
};

void complain(Progress& progress, const std::string& message) {
  progress.clear();
  std::fprintf(stderr, "dali-caption: %s\n", message.c_str());
}

void print(Progress& progress, const std::string& text) {
  progress.clear();
  dali::write_to_standard_output(text);
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

// One medium, from opening it to its finished output, which goes into `file` if there is one.
void caption(const Medium& named, FileReplacement* file, const CommandLine& line,
             Progress& progress) {
  // Captions that are printed as they come are printed while a pipe still fills.
  const auto readings =
      line.format == OutputFormat::kLines ? dali::Readings::kOnce : dali::Readings::kSeveral;
  const dali::OpenedMedium opened(named, readings);
  const Medium& medium = opened.medium();
  const auto warn = [&](const std::string& message) { complain(progress, message); };
  const auto on_caption = [&](const TimedCaption& caption) {
    if (line.format == OutputFormat::kLines) print(progress, dali::to_line(caption));
  };
  if (line.media.size() > 1 && file == nullptr) print(progress, medium.name + ":\n");
  const auto on_stats = [&](const GstStructure* stats) {
    progress.clear();
    if (line.timing) std::fputs(dali::timing_report(medium.name, stats).c_str(), stderr);
  };
  const std::vector<TimedCaption> captions =
      dali::caption_medium(medium, line.element_properties, progress, on_caption, warn, on_stats);
  if (line.format == OutputFormat::kLines) return;
  if (file == nullptr) {
    print(progress, text_in(line.format, captions));
    return;
  }
  if (!dali::is_container(line.format)) {
    file->write(text_in(line.format, captions));
    return;
  }
  const dali::CaptionedFileRequest request{
      .container = line.format == OutputFormat::kMatroska ? dali::Container::kMatroska
                                                          : dali::Container::kMp4,
      .place = line.burn_in ? dali::CaptionPlace::kPicture : dali::CaptionPlace::kSubtitleTrack,
      .language = line.language,
      .output = file->temporary_path()};
  dali::write_captioned_file(medium, captions, request, progress, warn);
}

// What the process of one medium does. Nothing was begun before it: no library of media has threads
// or files in the process that waits.
ExitStatus caption_in_this_process(const Medium& medium, FileReplacement* file,
                                   const CommandLine& line) {
  Progress progress(Progress::style_of_standard_error(line.quiet));
  try {
    g_log_set_default_handler(log, nullptr);
    gst_init(nullptr, nullptr);
    av_log_set_level(AV_LOG_QUIET);  // what there is to say of broken media is said once, by us
    dali::check_captioner(line.element_properties);
    caption(medium, file, line, progress);
    return kDone;
  } catch (const dali::MediaError& error) {
    complain(progress, error.what());
    return kFailed;
  } catch (const FileError& error) {
    complain(progress, error.what());
    return kFailed;
  } catch (const dali::UsageError& error) {
    complain(progress, error.what());
    return kUsedWrongly;
  } catch (const std::exception& error) {
    complain(progress, error.what());
    return kAllFail;
  }
}

ExitStatus caption_apart(const Medium& medium, const CommandLine& line, Progress& progress) {
  dali::check_is_there(medium);  // a medium that is not there leaves no trace on disk
  std::optional<FileReplacement> file;
  if (!medium.output.empty()) file.emplace(medium.output);
  FileReplacement* output = file ? &*file : nullptr;
  const dali::Ending ending =
      dali::run_apart([&] { return caption_in_this_process(medium, output, line); });
  if (ending.signal == SIGPIPE) {  // nobody reads on: the way in which other programs end
    file.reset();
    std::raise(SIGPIPE);
  } else if (ending.signal != 0) {
    dali::throw_if_interrupted();
    complain(progress,
             medium.name + ": the process that captions it " + dali::text_of_signal(ending.signal));
    return kFailed;
  }
  if (file && ending.is_good()) file->commit();
  return static_cast<ExitStatus>(ending.exit_status);
}

// A medium that fails does not keep the others from their captions.
ExitStatus caption_all(const CommandLine& line) {
  Progress progress(Progress::style_of_standard_error(line.quiet));
  ExitStatus status = kDone;
  try {
    for (const Medium& medium : line.media) {
      ExitStatus of_medium = kFailed;
      try {
        of_medium = caption_apart(medium, line, progress);
      } catch (const dali::MediaError& error) {
        complain(progress, error.what());
      } catch (const FileError& error) {
        complain(progress, error.what());
      }
      if (of_medium == kUsedWrongly) return kUsedWrongly;
      if (of_medium == kAllFail) return kFailed;
      if (of_medium != kDone) status = kFailed;
    }
  } catch (const std::exception& error) {
    complain(progress, error.what());
    return kFailed;
  }
  return status;
}

}  // namespace

int main(int argument_count, char** arguments) {
  dali::occupy_closed_standard_streams();
  const dali::ParsedCommandLine parsed = dali::parse_command_line(argument_count, arguments);
  if (parsed.command_line) {
    dali::watch_for_interrupt();
    return caption_all(*parsed.command_line);
  }
  try {
    dali::write_to_standard_output(parsed.answer);
  } catch (const dali::SetupError& error) {
    std::fprintf(stderr, "dali-caption: %s\n", error.what());
    return kFailed;
  }
  return parsed.exit_status;
}
