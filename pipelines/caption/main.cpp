// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-caption: from media files to captions.

#include <gst/gst.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <variant>
#include <vector>

#include "command/command_line.h"
#include "command/standard_streams.h"
#include "command/stop_signal.h"
#include "model/base/file_replacement.h"
#include "pipelines/caption/apart.h"
#include "pipelines/caption/caption_formats.h"
#include "pipelines/caption/caption_pipeline.h"
#include "pipelines/caption/captioned_file.h"
#include "pipelines/caption/command_line.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/opened_medium.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/progress.h"
#include "pipelines/caption/timing_report.h"

#define GST_CAT_DEFAULT dali::program_category()

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
  kUsedWrongly = dali::kUsedWrongly,
  // Of the process that captions one medium: the others would fail in the same way.
  kAllFail = 3
};

// Lines that others write would be drawn over the one that is rewritten in place.
Progress::Loudness loudness_of(const CommandLine& line) {
  if (line.quiet) return Progress::Loudness::kQuiet;
  const bool is_alone = line.verbosity == dali::Verbosity::kNone;
  return is_alone ? Progress::Loudness::kShown : Progress::Loudness::kLines;
}

void complain(Progress& progress, const std::string& message) {
  progress.clear();
  dali::print_error(dali::kProgram, message);
}

void print(Progress& progress, const std::string& text) {
  progress.clear();
  dali::write_to_standard_output(text);
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
  const bool prints_lines = line.format == nullptr;
  const auto readings = prints_lines ? dali::Readings::kOnce : dali::Readings::kSeveral;
  const dali::OpenedMedium opened(named, readings);
  const Medium& medium = opened.medium();
  const auto warn = [&](const std::string& message) { complain(progress, message); };
  const auto on_caption = [&](const TimedCaption& caption) {
    if (prints_lines) print(progress, dali::to_line(caption));
  };
  if (line.media.size() > 1 && file == nullptr) print(progress, medium.name + ":\n");
  const auto on_stats = [&](const GstStructure* stats) {
    progress.clear();
    if (line.timing) std::fputs(dali::timing_report(medium.name, stats).c_str(), stderr);
  };
  const std::vector<TimedCaption> captions =
      dali::caption_medium(medium, line.element_properties, progress, on_caption, warn, on_stats);
  if (prints_lines) return;
  if (const auto* to_text = std::get_if<OutputFormat::TextWriter>(&line.format->writer)) {
    GST_INFO("%zu captions of %s go to %s", captions.size(), medium.name.c_str(),
             file == nullptr ? "standard output" : medium.output.c_str());
    const std::string text = (*to_text)(captions);
    if (file == nullptr) {
      print(progress, text);
    } else {
      file->write(text);
    }
    return;
  }
  const dali::CaptionedFileRequest request{
      .container = std::get<dali::Container>(line.format->writer),
      .place = line.burn_in ? dali::CaptionPlace::kPicture : dali::CaptionPlace::kSubtitleTrack,
      .language = line.language,
      .output = file->temporary_path()};
  GST_INFO("%s becomes %s with %zu captions %s", medium.name.c_str(), medium.output.c_str(),
           captions.size(), line.burn_in ? "in its picture" : "as a subtitle track");
  dali::write_captioned_file(medium, captions, request, progress, warn);
}

// What the process of one medium does. Nothing was begun before it: no library of media has threads
// or files in the process that waits.
ExitStatus caption_in_this_process(const Medium& medium, FileReplacement* file,
                                   const CommandLine& line) {
  Progress progress(loudness_of(line));
  try {
    g_log_set_default_handler(log, nullptr);
    gst_init(nullptr, nullptr);
    dali::begin_program_log(line.verbosity);
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
  Progress progress(loudness_of(line));
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
  const auto parsed = dali::parse_caption_command_line(argument_count, arguments);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const dali::StopSignal stop_signal(dali::StopSignal::WaitingCalls::kFail);
  return caption_all(std::get<CommandLine>(parsed));
}
