// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-toyworld: real media files of the synthetic world, with their captions.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "command/command_line.h"
#include "command/in_parallel.h"
#include "command/narration.h"
#include "command/progress_line.h"
#include "model/base/file_replacement.h"
#include "toyworld/programme.h"
#include "toyworld/programme_files.h"
#include "toyworld/questions.h"
#include "toyworld/toyworld_files.h"
#include "toyworld/train_tokenizer.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "dali-toyworld";
// 256 bytes, the special tokens, the letters, and a piece for each of the world's words.
int vocabulary_of(dali::World world) {
  return world == dali::World::kSmall ? 560 : 720;
}

struct Options {
  int clips = 100;
  double programme_minutes = 0.0;  // 0: clips of scenes
  std::uint64_t seed = 1;
  std::string world = "small";
  std::string split = "train";
  std::string format = "mp4";
  bool is_single_sound = false;
  double confined_share = 0.0;
  double unseen_share = 0.0;
  int threads = 2;
  fs::path out;
};

void define_options(CLI::App& app, Options& options) {
  app.add_option("--clips", options.clips, "How many clips to make, of each split")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "The same seed gives the same scenes")
      ->capture_default_str();
  app.add_option("--world", options.world,
                 "small: 14 things that sound, one or two at a time; large: 32, also none at a "
                 "time, loud and faint ones, over more noise; foreign: the large world drawn in "
                 "another style, with other timbres")
      ->check(CLI::IsMember({"small", "large", "foreign"}))
      ->capture_default_str();
  app.add_option("--split", options.split,
                 "train, valid, test: each has compositions that never occur in the others, and "
                 "the small world has no valid; or both train and test, in folders OUT/train and "
                 "OUT/test")
      ->check(CLI::IsMember({"train", "valid", "test", "both"}))
      ->capture_default_str();
  app.add_option("--format", options.format,
                 "mp4 (H.264, AAC), webm (VP8, Opus), or mixed: in turn")
      ->check(CLI::IsMember({"mp4", "webm", "mixed"}))
      ->capture_default_str();
  CLI::Option* single_sound = app.add_flag(
      "--single-sound", options.is_single_sound,
      "One sounding thing in every scene; else two in 30 % of the small world's, and in "
      "the others' two in 40 % and none in 10 %");
  CLI::Option* confined_share =
      app.add_option("--confined-share", options.confined_share,
                     "In how many of the scenes each thing sounds for a few seconds alone; "
                     "OUT/events.jsonl says of every scene from when to when")
          ->check(CLI::Range(0.0, 1.0))
          ->capture_default_str();
  CLI::Option* confined = app.add_flag_callback(
      "--confined", [&options] { options.confined_share = 1.0; }, "The same in all scenes");
  CLI::Option* unseen_share =
      app.add_option("--unseen-share", options.unseen_share,
                     "In how many of the scenes with sound one of the things is not in the picture")
          ->check(CLI::Range(0.0, 1.0))
          ->capture_default_str();
  app.add_option("--programme-minutes", options.programme_minutes,
                 "Each clip is a programme of so many minutes: shots that follow one another by "
                 "cuts, sounds that begin and end independently of them, up to three at a time, "
                 "music beds and silence; OUT/events.tsv says what is heard from when to when")
      ->type_name("MINUTES")
      ->check(CLI::Range(0.5, 180.0))
      ->excludes(single_sound)
      ->excludes(confined)
      ->excludes(confined_share)
      ->excludes(unseen_share);
  app.add_option("--threads", options.threads, "Clips made at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option(
         "--out", options.out,
         "Folder to write: manifest.jsonl, classes.json, media/, and tokenizer.model, which "
         "knows the world's words")
      ->type_name("DIR")
      ->required();
}

dali::MediaFormat format_of(const std::string& name, int index) {
  if (name == "mixed") return index % 2 == 0 ? dali::MediaFormat::kMp4 : dali::MediaFormat::kWebm;
  return name == "mp4" ? dali::MediaFormat::kMp4 : dali::MediaFormat::kWebm;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw std::runtime_error(folder.string() + ": " + error.message());
}

dali::Clip write_scene(const Options& options, dali::Split split, int index, const std::string& id,
                       const fs::path& folder, std::string& events) {
  const dali::Scene scene = dali::make_scene(options.seed, static_cast<std::uint64_t>(index),
                                             {.world = dali::parse_world(options.world).value(),
                                              .split = split,
                                              .is_single_sound = options.is_single_sound,
                                              .unseen_share = options.unseen_share,
                                              .confined_share = options.confined_share});
  if (options.confined_share > 0.0) events = dali::event_line(scene, id) + '\n';
  return dali::write_clip(scene, id, format_of(options.format, index), folder);
}

dali::Clip write_whole_programme(const Options& options, dali::Split split, int index,
                                 const std::string& id, const fs::path& folder,
                                 std::string& events) {
  const dali::Programme programme =
      dali::make_programme(options.seed, static_cast<std::uint64_t>(index),
                           {.world = dali::parse_world(options.world).value(),
                            .split = split,
                            .length_s = 60.0 * options.programme_minutes});
  dali::WrittenProgramme written =
      dali::write_programme(programme, id, format_of(options.format, index), folder);
  events = std::move(written.event_rows);
  return std::move(written.clip);
}

void write_split(const Options& options, dali::Split split, const fs::path& folder) {
  make_folder(folder / "media");
  const bool has_programmes = options.programme_minutes > 0.0;
  dali::narrate("{} {} {} of seed {} of the {} world as {}, {} at the same time, go to {}",
                options.clips, to_string(split), has_programmes ? "programmes" : "clips",
                options.seed, options.world, options.format, options.threads, folder.string());

  std::vector<dali::Clip> clips(static_cast<std::size_t>(options.clips));
  std::vector<std::string> events(clips.size());
  dali::ProgressLine progress(
      fmt::format("{} {}", to_string(split), has_programmes ? "programmes" : "clips"),
      options.clips);
  dali::in_parallel(options.clips, options.threads, [&](int index) {
    const auto write = has_programmes ? write_whole_programme : write_scene;
    const auto at = static_cast<std::size_t>(index);
    clips[at] = write(options, split, index, fmt::format("{}-{:06}", to_string(split), index),
                      folder, events[at]);
    progress.advance();
  });
  progress.finish();
  const auto world = dali::parse_world(options.world).value();
  dali::write_classes(folder / "classes.json", world);
  dali::train_tokenizer(dali::caption_corpus(world), vocabulary_of(world),
                        folder / "tokenizer.model");
  const std::string all_events = fmt::format("{}", fmt::join(events, ""));
  if (options.confined_share > 0.0) {
    dali::replace_file(folder / "events.jsonl", all_events, dali::Sync::kLater);
  }
  if (has_programmes) {
    dali::replace_file(folder / "events.tsv", dali::kEventTableHead + all_events,
                       dali::Sync::kLater);
  }
  // Last: a folder with a manifest is complete.
  dali::write_manifest(folder / "manifest.jsonl", clips);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Makes clips of the toy world: media files of 10 s, in which drawn things move and "
      "sound,\nwith captions of what is seen and of what is heard; or programmes of minutes, with "
      "tables\nof what is heard from when to when.");
  define_options(app, options);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  return dali::run_command(kProgram, [&] {
    const auto world = dali::parse_world(options.world).value();
    if (const auto split = dali::parse_split(options.split)) {
      if (!dali::has_split(world, *split)) {
        throw std::runtime_error(
            fmt::format("--split: the {} world has no {}", options.world, options.split));
      }
      write_split(options, *split, options.out);
    } else {
      write_split(options, dali::Split::kTrain, options.out / "train");
      write_split(options, dali::Split::kTest, options.out / "test");
    }
  });
}
