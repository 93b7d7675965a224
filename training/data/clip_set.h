// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "media/clips/manifest.h"
#include "model/base/model_config.h"
#include "training/config/config_fields.h"
#include "training/data/clip_reader.h"

namespace dali {

// How many clips are used, and how they come from the disk.
struct ClipLoading {
  int max_clips = 0;        // 0: all
  double memory_gib = 4.0;  // clips that take more are read again for every batch
  int workers = 2;

  void declare(ConfigFields& fields);
};

// What was read for some requests. Clips that cannot be read are left out everywhere.
struct ClipBatch {
  std::vector<ClipRequest> requests;
  torch::Tensor spectrograms;  // [requests, frames, mel_bins], normalised; undefined: none wanted
  torch::Tensor pixels;        // [requests, 3, image_size, image_size]; undefined: none wanted
};

// The extracted clips of a manifest, ready for the towers: in memory when they are few, else read
// by worker threads when they are asked for. A clip takes frames * mel_bins * 4 bytes of
// spectrogram and twelve bytes a pixel and frame. May be read from several threads.
class ClipSet {
 public:
  // Looks at every entry of the manifest (dali-extract writes `audio` and `frames`), or of another
  // list that read_clip_list() knows. Entries without the `parts` are left out and counted on
  // standard error; of the others nothing but the parts is read. Clips whose files cannot be read
  // are named there and left out: now, where all are read now, else when their turn comes. Throws
  // std::runtime_error naming the file when no clip is left, and the entry when clips differ in
  // their number of frames.
  static ClipSet load(const std::filesystem::path& manifest, const ModelConfig& config,
                      const ClipLoading& loading, ClipParts parts = ClipParts::kSoundAndFrames);
  // All in memory.
  static ClipSet load(const std::filesystem::path& manifest, const ModelConfig& config,
                      int max_clips = 0) {
    constexpr double kNoLimit = std::numeric_limits<double>::infinity();
    return load(manifest, config, ClipLoading{.max_clips = max_clips, .memory_gib = kNoLimit});
  }

  std::span<const Clip> clips() const { return *clips_; }
  std::int64_t size() const { return static_cast<std::int64_t>(clips_->size()); }
  const Clip& clip(std::int64_t index) const { return (*clips_)[static_cast<std::size_t>(index)]; }
  // 0 in a set of sounds alone.
  int frames_per_clip() const { return static_cast<int>(frames_per_clip_); }
  bool is_in_memory() const { return reader_ == nullptr; }

  // These will be read soon; workers begin.
  void announce(std::span<const ClipRequest> requests) const;

  // Either every request asks for a frame or none does.
  ClipBatch read(std::span<const ClipRequest> requests) const;

  // In memory alone, normalised.
  torch::Tensor spectrograms(
      std::span<const std::int64_t> indices) const;  // [indices, frames, mel_bins]
  torch::Tensor pixels(
      std::span<const std::int64_t> indices) const;  // [indices, frames, 3, size, size]

 private:
  void read_all(const ModelConfig& config, int workers);
  bool has_sound() const { return parts_ != ClipParts::kFrames; }

  std::unique_ptr<std::vector<Clip>> clips_ = std::make_unique<std::vector<Clip>>();
  ClipParts parts_ = ClipParts::kSoundAndFrames;
  std::size_t frames_per_clip_ = 0;
  torch::Tensor spectrograms_;  // [clips, frames, mel_bins]; undefined unless in memory and wanted
  torch::Tensor pixels_;        // [clips, frames, 3, image_size, image_size]; likewise
  std::unique_ptr<ClipReader> reader_;  // borrows *clips_; null in memory
};

}  // namespace dali
