// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-extract: media files -> sound and frames as files, and a manifest of them.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "command/command_line.h"
#include "command/narration.h"
#include "media/clips/clip_list.h"
#include "media/clips/unique_names.h"
#include "training/extraction/extraction.h"
#include "training/extraction/sharded_extraction.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "dali-extract";

struct Options {
  std::vector<fs::path> media;
  fs::path manifest;
  double clip_s = 0.0;
  int clips_per_shard = 0;
  bool has_down_mix = false;
  dali::ExtractionOptions extraction;
};

void define_options(CLI::App& app, Options& options) {
  auto* media = app.add_option("media", options.media, "Files of any format that GStreamer decodes")
                    ->type_name("FILE");
  app.add_option("--manifest", options.manifest,
                 "Take the clips of this manifest.jsonl instead, or of another list that training "
                 "reads; its captions are kept")
      ->type_name("FILE")
      ->excludes(media);
  app.add_option(
         "--clip", options.clip_s,
         "Cut MEDIA into clips of so many seconds; 0: a clip a file. A rest shorter than 1 s "
         "is left out")
      ->check(CLI::Range(0.0, dali::kLongestStretchSeconds))
      ->capture_default_str();
  app.add_option("--frames", options.extraction.frames,
                 "Frames a clip, in the middles of as many equal parts; 0: sound alone")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option(
         "--jpeg", options.extraction.jpeg_quality,
         "Write frames as JPEG of this quality, 90 say, in about a ninth of the bytes; 0: as PPM, "
         "without loss")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_flag("--flac", options.extraction.has_flac,
               "Write sounds as FLAC in place of WAV: the same samples in about half of the bytes");
  app.add_flag("--down-mix", options.has_down_mix,
               "The mean of all channels; else the first one. Where that is silent, or the mean "
               "cancels, the loudest");
  app.add_option("--threads", options.extraction.threads, "Clips extracted at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--shard", options.clips_per_shard,
                 "Write WebDataset shards of so many clips instead of files, OUT/000000.tar and so "
                 "on; 0: files")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--out", options.extraction.out,
                 "Folder to write: manifest.jsonl, audio/ (16 kHz, mono), frames/")
      ->type_name("DIR")
      ->required();
  app.footer(
      "Run again with the same folder, it goes on where it was interrupted, and makes anew what "
      "other options or changed media make otherwise. Times count from a file's first presented "
      "moment; of several tracks the default one is taken, and its picture as a viewer sees it. "
      "Files that cannot be read are listed and left out; the exit status is 1 when none could be "
      "read.");
}

// One clip a file, or as many as fit into it, named after the file. One whose length is unknown for
// being broken stays in as one clip, whose extraction then says what is wrong.
std::vector<dali::Clip> clips_of(const std::vector<fs::path>& media, double clip_s) {
  constexpr double kShortestSeconds = 1.0;
  std::vector<dali::Clip> clips;
  dali::UniqueNames ids;
  int rests = 0;
  for (const fs::path& file : media) {
    dali::Clip clip;
    clip.id = ids.unique(dali::file_name_of(file.stem().string()));
    clip.media = file;
    double whole_s = 0.0;
    try {
      if (clip_s > 0.0) whole_s = dali::media_duration(file);
    } catch (const std::runtime_error&) {
    }
    if (whole_s <= clip_s) {
      clips.push_back(clip);
      continue;
    }
    const std::string stem = clip.id;
    int number = 0;
    for (; whole_s - number * clip_s >= kShortestSeconds; ++number) {
      clip.start_s = number * clip_s;
      clip.duration_s = clip_s;
      clip.id = ids.unique(fmt::format("{}_{:.3f}", stem, clip.start_s));
      clips.push_back(clip);
    }
    if (whole_s - number * clip_s > 0.0) ++rests;
  }
  if (rests > 0) {
    fmt::print(stderr, "of {} of {} files the last moments are left out, less than {:.0f} s each\n",
               rests, media.size(), kShortestSeconds);
  }
  return clips;
}

struct Outcome {
  std::string where;
  std::size_t extracted = 0;
  std::size_t asked_for = 0;
  int reused = 0;
  std::size_t without_sound = 0;  // of the clips
  std::size_t without_frames = 0;
  const std::vector<std::string>& failures;
  const std::vector<std::string>& remarks;
};

void report(const Outcome& outcome) {
  for (const std::string& failure : outcome.failures) {
    fmt::print(stderr, "{}: {}\n", kProgram, failure);
  }
  for (const std::string& remark : outcome.remarks) {
    fmt::print(stderr, "{}: {}\n", kProgram, remark);
  }
  std::string text =
      fmt::format("{} of {} clips in {}, {} of them from an earlier run", outcome.extracted,
                  outcome.asked_for, outcome.where, outcome.reused);
  if (outcome.without_sound > 0) text += fmt::format(", {} without sound", outcome.without_sound);
  if (outcome.without_frames > 0) {
    text += fmt::format(", {} without pictures", outcome.without_frames);
  }
  fmt::print(stderr, "{}\n", text);
  if (outcome.extracted == 0) throw std::runtime_error("no clip could be read");
}

std::size_t count_without(const std::vector<dali::Clip>& clips, dali::ClipParts parts) {
  return static_cast<std::size_t>(std::ranges::count_if(
      clips, [&](const dali::Clip& clip) { return !has_parts(clip, parts); }));
}

void run(Options& options) {
  if (options.has_down_mix) options.extraction.channels = dali::ChannelChoice::kDownMix;
  const bool wants_frames = options.extraction.frames > 0;
  dali::ClipList list;
  if (options.manifest.empty()) {
    list.clips = clips_of(options.media, options.clip_s);
  } else {
    list = dali::read_clip_list(options.manifest);
    print_remarks(list);
  }
  const auto& clips = list.clips;
  const std::size_t listed = clips.size() + list.missing.size();
  dali::narrate("{} clips, {} frames each, {} at the same time, go to {}", clips.size(),
                options.extraction.frames, options.extraction.threads,
                options.extraction.out.string());
  for (const dali::Clip& clip : clips) {
    dali::narrate("clip {}: {} from {:.3f} s", clip.id, clip.media.string(), clip.start_s);
  }
  if (options.clips_per_shard > 0) {
    const auto done = dali::extract_to_shards(clips, options.clips_per_shard, options.extraction);
    report({.where = fmt::format("{} shards in {}", done.shards, options.extraction.out.string()),
            .extracted = static_cast<std::size_t>(done.clips),
            .asked_for = listed,
            .reused = done.reused,
            .without_sound = static_cast<std::size_t>(done.without_sound),
            .without_frames = wants_frames ? static_cast<std::size_t>(done.without_frames) : 0,
            .failures = done.failures,
            .remarks = done.remarks});
  } else {
    const auto done = dali::extract(clips, options.extraction);
    report(
        {.where = (options.extraction.out / "manifest.jsonl").string(),
         .extracted = done.clips.size(),
         .asked_for = listed,
         .reused = done.reused,
         .without_sound = count_without(done.clips, dali::ClipParts::kSound),
         .without_frames = wants_frames ? count_without(done.clips, dali::ClipParts::kFrames) : 0,
         .failures = done.failures,
         .remarks = done.remarks});
  }
  if (!options.manifest.empty()) dali::copy_class_words(options.manifest, options.extraction.out);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Extracts what training reads from media files: sound, frames, and a manifest.");
  define_options(app, options);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  if (options.media.empty() && options.manifest.empty()) {
    return dali::refuse_command_line(kProgram, "name media files, or a --manifest");
  }
  // In its own folder the manifest would be replaced, and lose what cannot be read.
  std::error_code ignored;
  if (!options.manifest.empty() && fs::equivalent(fs::absolute(options.manifest).parent_path(),
                                                  options.extraction.out, ignored)) {
    return dali::refuse_command_line(
        kProgram, "--out must be another folder than that of " + options.manifest.string());
  }
  return dali::run_command(kProgram, [&] { run(options); });
}
