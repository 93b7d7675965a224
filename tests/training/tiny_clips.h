// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "model/captioner/captioning_model.h"
#include "tests/support/formula_weights.h"
#include "tests/support/tiny_model.h"
#include "training/data/clip_set.h"

namespace dali {

inline constexpr int kTinyClips = 6;
inline constexpr int kTinyFrames = 2;

// "clip0" to "clip5"
inline std::string tiny_clip_name(int clip) {
  return "clip" + std::to_string(clip);
}

// Clips of noise by formula with two frames and an audio caption each, and their manifest.
inline void write_tiny_clips(const std::filesystem::path& folder) {
  const char* const captions[] = {"a dog", "rain", "a siren wails", "x", "two cars", "y"};
  std::vector<Clip> clips;
  for (int number = 0; number < kTinyClips; ++number) {
    Clip clip;
    clip.id = tiny_clip_name(number);
    clip.audio = folder / (clip.id + ".wav");
    clip.audio_captions = {captions[number]};
    const auto wave = formula_tensor({2400}, 0.5, number * 31.0);
    write_wav(clip.audio, {wave.data_ptr<float>(), static_cast<std::size_t>(wave.numel())});
    for (int frame = 0; frame < kTinyFrames; ++frame) {
      RgbImage image(28, 28);
      for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        image.pixels[i] = static_cast<std::uint8_t>(i * 7 + 50 * static_cast<std::size_t>(number) +
                                                    90 * static_cast<std::size_t>(frame));
      }
      clip.frames.push_back(folder / (clip.id + "-" + std::to_string(frame) + ".ppm"));
      write_ppm(clip.frames.back(), image);
    }
    clips.push_back(clip);
  }
  write_manifest(folder / "manifest.jsonl", clips);
}

inline constexpr double kFromDisk = 0.0;
inline constexpr double kInMemory = 1.0;

// What write_tiny_clips() wrote; `memory_gib` is one of the two above.
inline ClipSet tiny_clips(const std::filesystem::path& folder, double memory_gib = kInMemory) {
  return ClipSet::load(folder / "manifest.jsonl", tiny_model_config(),
                       ClipLoading{.memory_gib = memory_gib, .workers = 2});
}

// With a prefix and an audio projector.
inline CaptioningModel tiny_formula_model() {
  ModelConfig config = tiny_model_config();
  config.has_audio_projector = true;
  CaptioningModel model(config);
  set_formula_weights(*model);
  return model;
}

}  // namespace dali
