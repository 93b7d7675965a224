// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/described_medium.h"

#include <gst/tag/tag.h>

#include <string>
#include <string_view>
#include <variant>

#include "pipelines/caption/caption_pipeline.h"
#include "pipelines/caption/captioned_file.h"
#include "pipelines/caption/opened_medium.h"
#include "pipelines/caption/output_names.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/spoken_description.h"
#include "pipelines/caption/timing_report.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

// A WebVTT file says in its header what it is for, as <track kind="descriptions"> does.
std::string marked_as_descriptions(std::string text, const std::string& language) {
  constexpr std::string_view kSignature = "WEBVTT\n";
  if (text.starts_with(kSignature)) {
    text.insert(kSignature.size(), "Kind: descriptions\nLanguage: " + language + '\n');
  }
  return text;
}

void write_text(const OutputFormat& format, const SpokenDescription& description,
                const Medium& medium, double duration_s, const CommandLine& line,
                FileReplacement& file, Progress& progress) {
  const auto& to_text = std::get<OutputFormat::TextWriter>(format.writer);
  const WrittenText written =
      to_text(description.captions(),
              {.name = title_of(medium.name), .language = line.language, .duration_s = duration_s});
  if (!written.losses.empty()) {
    complain(progress, medium.name + ": " + loss_report(format.name, written.losses));
  }
  file.write(marked_as_descriptions(written.text, line.language));
}

// Voices are called by two letters.
DescriptionOptions options_of(const CommandLine& line) {
  DescriptionOptions options = *line.description;
  if (options.voice.voice.empty()) {
    const gchar* code = gst_tag_get_language_code_iso_639_1(line.language.c_str());
    options.voice.voice = code != nullptr ? code : line.language;
  }
  return options;
}

}  // namespace

ExitStatus describe_medium(const Medium& named, const MediumFiles& files, const CommandLine& line,
                           Progress& progress) {
  const OpenedMedium opened(named, Readings::kSeveral);
  const Medium& medium = opened.medium();
  const auto warn = [&](const std::string& message) { complain(progress, message); };
  const auto* container = std::get_if<Container>(&line.format->writer);
  SpokenDescription description(medium, options_of(line),
                                container != nullptr ? *container : Container::kMatroska, progress);
  const auto on_stats = [&](const GstStructure* stats) {
    progress.clear();
    if (line.timing) std::fputs(timing_report(medium.name, stats).c_str(), stderr);
  };
  const auto [captions, duration_s, lack_tracks, spans] = caption_medium(
      medium, line.element_properties, progress,
      {.on_caption = [](const TimedCaption&) {}, .on_warning = warn, .on_stats = on_stats});
  description.plan(captions);
  if (files.text != nullptr) {
    write_text(*line.text_format, description, medium, duration_s, line, *files.text, progress);
  }
  if (container == nullptr) {
    write_text(*line.format, description, medium, duration_s, line, *files.output, progress);
  } else {
    GST_INFO("%s becomes %s with %zu descriptions", medium.name.c_str(), medium.output.c_str(),
             description.captions().size());
    write_captioned_file(medium, captions,
                         {.container = *container,
                          .place = CaptionPlace::kSoundTrack,
                          .language = line.language,
                          .description = &description,
                          .output = files.output->temporary_path()},
                         progress, warn);
  }
  if (!line.quiet || description.has_left_out()) warn(description.report());
  return lack_tracks ? kLacksTracks : kDone;
}

}  // namespace dali
