// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/toyworld_files.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/base/file_replacement.h"
#include "toyworld/captions.h"
#include "toyworld/drawing.h"
#include "toyworld/synthesis.h"

namespace dali {

namespace fs = std::filesystem;

Clip write_clip(const Scene& scene, const std::string& id, MediaFormat format,
                const fs::path& folder) {
  MediaContents contents;
  contents.samples = synthesise(scene);
  contents.frames_per_second = kFramesPerSecond;
  constexpr int kFrames = static_cast<int>(kSceneSeconds * kFramesPerSecond);
  for (int frame = 0; frame < kFrames; ++frame) {
    contents.frames.push_back(render_frame(scene, frame / double{kFramesPerSecond}));
  }

  Clip clip;
  clip.id = id;
  clip.media = folder / "media" / (id + '.' + std::string(file_extension(format)));
  write_media(clip.media, contents, format);

  clip.duration_s = kSceneSeconds;
  clip.image_captions = image_captions(scene);
  clip.audio_captions = audio_captions(scene);
  for (const Sound& sound : sounds_of(scene)) clip.sounds.emplace_back(words_of(sound.thing).name);
  for (const Sound& sound : scene.unseen) clip.unseen.emplace_back(words_of(sound.thing).name);
  for (const SilentFigure& figure : scene.silent) clip.shows.emplace_back(word_of(figure.thing));
  return clip;
}

std::string event_line(const Scene& scene, const std::string& id) {
  nlohmann::ordered_json line = {{"id", id}, {"events", nlohmann::ordered_json::array()}};
  const std::vector<Sound> sounds = sounds_of(scene);
  const std::vector<SoundTime> times = audible_times(scene);
  for (std::size_t index = 0; index < sounds.size(); ++index) {
    line["events"].push_back({{"sound", words_of(sounds[index].thing).name},
                              {"start", times[index].start_s},
                              {"end", times[index].end_s}});
  }
  return line.dump();
}

void write_classes(const fs::path& file, World world) {
  nlohmann::ordered_json classes;
  for (int thing = 0; thing < sounding_things_of(world); ++thing) {
    const SoundingWords& words = words_of(static_cast<SoundingThing>(thing));
    classes[std::string(words.name)] = words.naming;
  }
  for (int thing = 0; thing < kSilentThings; ++thing) {
    const std::string word(word_of(static_cast<SilentThing>(thing)));
    classes[word] = {word};
  }
  replace_file(file, classes.dump(2) + "\n", Sync::kLater);
}

}  // namespace dali
