// How well a model captions a manifest of the toy world: does it name what sounds?

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/captioner/captioner.h"
#include "training/command/stage_command.h"
#include "training/data/clip_windows.h"
#include "training/evaluate/sound_accuracy.h"

namespace {

// "audio,audiovisual" -> both; throws std::invalid_argument naming what is no modality.
std::vector<dali::Modality> parse_modalities(const std::string& list) {
  std::vector<dali::Modality> modalities;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    const auto name = list.substr(begin, end - begin);
    const auto modality = dali::parse_modality(name);
    if (!modality) {
      throw std::invalid_argument("modalities: '" + name +
                                  "' is none of auto, audio, image, audiovisual");
    }
    modalities.push_back(*modality);
    begin = end + 1;
  }
  return modalities;
}

// The sounding classes that any clip of the manifest has: naming anything else is no mistake here.
dali::ClassWords sounding_classes(const std::filesystem::path& manifest) {
  const auto all = dali::read_class_words(manifest.parent_path() / "classes.json");
  dali::ClassWords sounding;
  for (const dali::Clip& clip : dali::read_manifest(manifest)) {
    for (const std::string& name : clip.sounds) {
      const auto found = all.find(name);
      if (found == all.end()) {
        throw std::runtime_error(manifest.string() + ": clip '" + clip.id + "' sounds of '" + name +
                                 "', which classes.json does not have");
      }
      sounding.insert(*found);
    }
  }
  return sounding;
}

nlohmann::json to_json(const dali::SoundAccuracy::Counts& counts) {
  return {{"clips", counts.clips}, {"right", counts.right_share()}, {"named", counts.named_share()}};
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  std::string modalities = "audio,audiovisual";
  int max_clips = 0;

  dali::ConfigFields fields;
  fields.add("model", &model_directory, "model directory");
  fields.add("manifest", &manifest, "extracted toy-world clips with their classes.json beside");
  fields.add("modalities", &modalities, "what to caption from, separated by commas: audio, image, "
                                        "audiovisual");
  fields.add("max_clips", &max_clips, "evaluate on the first so many clips; 0: all");

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-evaluate",
       .purpose = "Captions every clip of a manifest and prints how often the captions name what "
                  "sounds. Writes captions.jsonl and scores.json."},
      fields, [&](const std::filesystem::path& out) {
        const auto captioner = dali::Captioner::load(model_directory, {});
        const auto classes = sounding_classes(manifest);
        std::ofstream captions(out / "captions.jsonl");
        nlohmann::json scores;
        fmt::print("{:<12} {:>14} {:>14} {:>14} {:>14}\n", "", "single: right", "named",
                   "several: right", "named");
        for (const dali::Modality modality : parse_modalities(modalities)) {
          const std::string name(to_string(modality));
          dali::SoundAccuracy accuracy;
          dali::for_each_window(
              manifest, max_clips, ("clips captioned from " + name).c_str(),
              [&](const dali::Clip& clip, const dali::Window& window) {
                const auto caption = captioner->describe(window, {.modality = modality}, {});
                accuracy.add(dali::named_classes(caption.text, classes),
                             {clip.sounds.begin(), clip.sounds.end()});
                captions << nlohmann::json{{"id", clip.id},
                                           {"modality", name},
                                           {"caption", caption.text},
                                           {"mean_log_probability", caption.mean_log_probability},
                                           {"sounds", clip.sounds}}
                                .dump()
                         << '\n';
              });
          fmt::print("{:<12} {:>14.3f} {:>14.3f} {:>14.3f} {:>14.3f}\n", name,
                     accuracy.single().right_share(), accuracy.single().named_share(),
                     accuracy.several().right_share(), accuracy.several().named_share());
          scores[name] = {{"single", to_json(accuracy.single())},
                          {"several", to_json(accuracy.several())}};
        }
        std::ofstream score_file(out / "scores.json");
        score_file << scores.dump(2) << '\n' << std::flush;
        captions.flush();
        if (!captions || !score_file) {
          throw std::runtime_error(out.string() + ": captions or scores cannot be written");
        }
      });
}
