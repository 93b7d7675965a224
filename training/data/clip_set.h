#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "model/base/model_config.h"
#include "training/data/manifest.h"

namespace dali {

// The extracted clips of a manifest, ready for the towers and held in memory: a clip takes
// frames * mel_bins * 4 bytes of spectrogram and three bytes a pixel and frame.
// Immutable after loading; may be read from several threads.
class ClipSet {
 public:
  // Reads `audio` and `frames` of every entry of the manifest (dali-extract writes them) or of
  // another list that read_clip_list() knows, the first `max_clips` of them (0: all). Throws
  // std::runtime_error naming the file and entry when one lacks either, or when clips differ in
  // their number of frames.
  static ClipSet load(const std::filesystem::path& manifest, const ModelConfig& config,
                      std::int64_t max_clips = 0);

  std::int64_t size() const { return static_cast<std::int64_t>(clips_.size()); }
  const Clip& clip(std::int64_t index) const { return clips_[static_cast<std::size_t>(index)]; }

  // Normalised spectrograms: [indices, frames, mel_bins].
  torch::Tensor spectrograms(std::span<const std::int64_t> indices) const;

  // Normalised pixels of all frames: [indices, frames, 3, image_size, image_size].
  torch::Tensor pixels(std::span<const std::int64_t> indices) const;

  int frames_per_clip() const { return static_cast<int>(pixels_.size(1)); }

 private:
  std::vector<Clip> clips_;
  torch::Tensor spectrograms_;  // [clips, frames, mel_bins]
  torch::Tensor pixels_;        // [clips, frames, 3, image_size, image_size]
};

}  // namespace dali
