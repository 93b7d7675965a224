// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/toyworld_files.h"

#include <nlohmann/json.hpp>

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

void write_classes(const fs::path& file) {
  nlohmann::ordered_json classes;
  for (int thing = 0; thing < kSoundingThings; ++thing) {
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
