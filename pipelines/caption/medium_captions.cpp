// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/medium_captions.h"

#include <gst/gst.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <variant>

#include "command/command_line.h"
#include "command/standard_streams.h"
#include "pipelines/caption/caption_formats.h"
#include "pipelines/caption/caption_pipeline.h"
#include "pipelines/caption/captioned_file.h"
#include "pipelines/caption/cues.h"
#include "pipelines/caption/described_medium.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/opened_medium.h"
#include "pipelines/caption/output_names.h"
#include "pipelines/caption/own_plugin.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/references.h"
#include "pipelines/caption/timing_report.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

void print(Progress& progress, const std::string& text) {
  progress.clear();
  write_to_standard_output(text);
}

// What broken media hold makes GStreamer's libraries print warnings of several lines. Said once, by
// us, is enough.
void log(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer) {
  const bool is_of_media = domain != nullptr && g_str_has_prefix(domain, "GStreamer") != FALSE;
  if (is_of_media && level == G_LOG_LEVEL_WARNING) return;
  g_log_default_handler(domain, level, message, nullptr);
}

// One medium, from opening it to its finished output, which goes into files.output if there is one.
ExitStatus caption(const Medium& named, const MediumFiles& files, const CommandLine& line,
                   Progress& progress) {
  FileReplacement* const file = files.output;
  // Captions that are printed as they come are printed while a pipe still fills.
  const bool prints_lines = line.format == nullptr;
  const auto readings = prints_lines ? Readings::kOnce : Readings::kSeveral;
  const OpenedMedium opened(named, readings);
  const Medium& medium = opened.medium();
  const auto warn = [&](const std::string& message) { complain(progress, message); };
  const auto on_caption = [&](const TimedCaption& caption) {
    if (prints_lines) print(progress, to_line(caption));
  };
  if (line.has_many_media && file == nullptr) print(progress, medium.name + ":\n");
  const auto on_stats = [&](const GstStructure* stats) {
    progress.clear();
    if (line.timing) std::fputs(timing_report(medium.name, stats).c_str(), stderr);
  };
  ElementProperties properties = line.element_properties;
  if (files.records != nullptr)
    properties["json-location"] = files.records->temporary_path().string();
  const auto [captions, duration_s, lack_tracks, spans] =
      caption_medium(medium, properties, progress,
                     {.on_caption = on_caption, .on_warning = warn, .on_stats = on_stats});
  const ExitStatus status = lack_tracks ? kLacksTracks : kDone;
  if (prints_lines) return status;
  if (const auto* to_text = std::get_if<OutputFormat::TextWriter>(&line.format->writer)) {
    GST_INFO("%zu captions of %s go to %s", captions.size(), medium.name.c_str(),
             file == nullptr ? "standard output" : medium.output.c_str());
    const WrittenText written = (*to_text)(captions, {.name = title_of(named.name),
                                                      .language = line.language,
                                                      .duration_s = duration_s,
                                                      .spans = spans});
    if (!written.losses.empty()) {
      warn(medium.name + ": " + loss_report(line.format->name, written.losses));
    }
    if (file == nullptr) {
      print(progress, written.text);
    } else {
      file->write(written.text);
    }
    return status;
  }
  const CaptionedFileRequest request{
      .container = std::get<Container>(line.format->writer),
      .form = line.form,
      .place = line.burn_in ? CaptionPlace::kPicture : CaptionPlace::kSubtitleTrack,
      .language = line.language,
      .output = file->temporary_path()};
  GST_INFO("%s becomes %s with %zu captions %s", medium.name.c_str(), medium.output.c_str(),
           captions.size(), line.burn_in ? "in its picture" : "as a subtitle track");
  write_captioned_file(medium, captions, request, progress, warn);
  return status;
}

// With GStreamer and its elements as the work wants them.
ExitStatus in_this_process(const CommandLine& line, Progress& progress,
                           const std::function<ExitStatus()>& work) {
  try {
    g_log_set_default_handler(log, nullptr);
    gst_init(nullptr, nullptr);
    load_own_plugin();
    if (line.refuses_references) refuse_references();
    begin_program_log(line.verbosity);
    av_log_set_level(AV_LOG_QUIET);  // what there is to say of broken media is said once, by us
    check_captioner(line.element_properties);
    return work();
  } catch (const MediaError& error) {
    complain(progress, error.what());
    return kFailed;
  } catch (const FileError& error) {
    complain(progress, error.what());
    return kFailed;
  } catch (const UsageError& error) {
    complain(progress, error.what());
    return kWasUsedWrongly;
  } catch (const Interrupted&) {
    return kAllFail;  // the process that waits knows it too, and says it once
  } catch (const std::exception& error) {
    complain(progress, error.what());
    return kAllFail;
  }
}

}  // namespace

// Lines that others write would be drawn over the one that is rewritten in place.
Progress::Loudness loudness_of(const CommandLine& line) {
  if (line.quiet) return Progress::Loudness::kQuiet;
  const bool is_alone = line.verbosity == Verbosity::kNone;
  return is_alone ? Progress::Loudness::kShown : Progress::Loudness::kLines;
}

void complain(Progress& progress, const std::string& message) {
  progress.clear();
  print_error(kProgram, message);
}

ExitStatus check_in_this_process(const CommandLine& line) {
  Progress progress(Progress::Loudness::kQuiet);
  return in_this_process(line, progress, [] { return kDone; });
}

ExitStatus caption_in_this_process(const Medium& medium, const MediumFiles& files,
                                   const CommandLine& line) {
  // Of several at a time the process that waits tells how far they are.
  Progress progress(line.jobs > 1 ? Progress::Loudness::kQuiet : loudness_of(line));
  return in_this_process(line, progress, [&] {
    return line.description ? describe_medium(medium, files, line, progress)
                            : caption(medium, files, line, progress);
  });
}

}  // namespace dali
