// dali-extract: media files -> sound and frames as files, and a manifest of them.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "training/command/command_line.h"
#include "training/data/clip_list.h"
#include "training/data/unique_names.h"
#include "training/media/extraction.h"
#include "training/media/sharded_extraction.h"

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
  auto* media =
      app.add_option("media", options.media, "Files of any format that GStreamer decodes");
  app.add_option("--manifest", options.manifest,
                 "Take the clips of this manifest.jsonl instead; its captions are kept")
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
  app.add_flag("--down-mix", options.has_down_mix, "The mean of all channels; else the first one");
  app.add_option("--threads", options.extraction.threads, "Clips extracted at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--shard", options.clips_per_shard,
                 "Write WebDataset shards of so many clips instead of files, OUT/000000.tar and so "
                 "on; 0: files")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--out", options.extraction.out,
                 "Folder to write: manifest.jsonl, audio/ (WAV, 16 kHz, mono), frames/ (PPM)")
      ->required();
  app.footer(
      "Run again with the same options and folder, it goes on where it was interrupted. Files that "
      "cannot\nbe read are listed and left out; the exit status is 1 when none could be read.");
}

// The file's name without its extension; a number makes it unique.
std::string unique_id(const fs::path& file, std::set<std::string>& taken) {
  const std::string stem = file.stem().string();
  std::string id = stem;
  for (int number = 2; !taken.insert(id).second; ++number) id = fmt::format("{}-{}", stem, number);
  return id;
}

// One clip a file, or as many as fit into it. A file whose length is unknown for being broken stays
// in as one clip, whose extraction then says what is wrong.
std::vector<dali::Clip> clips_of(const std::vector<fs::path>& media, double clip_s) {
  constexpr double kShortestSeconds = 1.0;
  std::vector<dali::Clip> clips;
  std::set<std::string> taken;
  for (const fs::path& file : media) {
    dali::Clip clip;
    clip.id = unique_id(file, taken);
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
    for (int number = 0; whole_s - number * clip_s >= kShortestSeconds; ++number) {
      clip.start_s = number * clip_s;
      clip.duration_s = clip_s;
      clip.id = fmt::format("{}_{:.3f}", stem, clip.start_s);
      clips.push_back(clip);
    }
  }
  return clips;
}

struct Outcome {
  std::string where;
  std::size_t extracted = 0;
  std::size_t asked_for = 0;
  int reused = 0;
  const std::vector<std::string>& failures;
};

void report(const Outcome& outcome) {
  for (const std::string& failure : outcome.failures) {
    fmt::print(stderr, "{}: {}\n", kProgram, failure);
  }
  fmt::print(stderr, "{} of {} clips in {}, {} of them from an earlier run\n", outcome.extracted,
             outcome.asked_for, outcome.where, outcome.reused);
  if (outcome.extracted == 0) throw std::runtime_error("no clip could be read");
}

void run(Options& options) {
  if (options.has_down_mix) options.extraction.channels = dali::ChannelChoice::kDownMix;
  const std::vector<dali::Clip> clips = options.manifest.empty()
                                            ? clips_of(options.media, options.clip_s)
                                            : dali::read_manifest(options.manifest);
  if (options.clips_per_shard > 0) {
    const auto done = dali::extract_to_shards(clips, options.clips_per_shard, options.extraction);
    report({.where = fmt::format("{} shards in {}", done.shards, options.extraction.out.string()),
            .extracted = static_cast<std::size_t>(done.clips),
            .asked_for = clips.size(),
            .reused = done.reused,
            .failures = done.failures});
  } else {
    const auto done = dali::extract(clips, options.extraction);
    report({.where = (options.extraction.out / "manifest.jsonl").string(),
            .extracted = done.clips.size(),
            .asked_for = clips.size(),
            .reused = done.reused,
            .failures = done.failures});
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
    fmt::print(stderr, "{}: name media files, or a --manifest\n", kProgram);
    return dali::kUsedWrongly;
  }
  // In its own folder the manifest would be replaced, and lose what cannot be read.
  std::error_code ignored;
  if (!options.manifest.empty() && fs::equivalent(fs::absolute(options.manifest).parent_path(),
                                                  options.extraction.out, ignored)) {
    fmt::print(stderr, "{}: --out must be another folder than that of {}\n", kProgram,
               options.manifest.string());
    return dali::kUsedWrongly;
  }
  return dali::run_command(kProgram, [&] { run(options); });
}
