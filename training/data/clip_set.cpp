// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_set.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "command/in_parallel.h"
#include "command/narration.h"
#include "media/clips/clip_list.h"
#include "media/clips/picture_file.h"
#include "model/vision/image_transform.h"

namespace dali {
namespace {

// The clips that have the parts; the others are counted on standard error.
ClipList clips_with(const std::filesystem::path& manifest, int max_clips, ClipParts parts) {
  ClipList list = read_clip_list(manifest, max_clips, parts);
  if (list.clips.empty()) {
    throw std::runtime_error(
        fmt::format("{}: holds no clips with {}, {} without; dali-extract "
                    "makes them",
                    manifest.string(), name_of(parts), list.missing.size()));
  }
  print_remarks(list);
  return list;
}

void check_frames(const std::vector<Clip>& clips, const std::filesystem::path& manifest) {
  const auto frames = clips.front().frames.size();
  for (const Clip& clip : clips) {
    if (clip.frames.size() == frames) continue;
    throw std::runtime_error(fmt::format("{}: clip '{}' has {} frames, the first one has {}",
                                         manifest.string(), clip.id, clip.frames.size(), frames));
  }
}

double gib_in_memory(const ModelConfig& config, std::int64_t clips, bool has_sound,
                     std::size_t frames) {
  const double side = config.vision_tower.image_size_px;
  double floats = static_cast<double>(frames) * 3.0 * side * side;
  if (has_sound) {
    floats += static_cast<double>(config.spectrogram.frames) * config.spectrogram.mel_bins;
  }
  return floats * sizeof(float) * static_cast<double>(clips) / (1024.0 * 1024.0 * 1024.0);
}

torch::Tensor rows(const torch::Tensor& tensor, const std::vector<std::int64_t>& indices) {
  return tensor.index_select(0, at::tensor(indices));
}

}  // namespace

void ClipLoading::declare(ConfigFields& fields) {
  using enum ConfigFields::OnResume;
  fields.add("max_clips", &max_clips, "use the first so many clips; 0: all");
  fields.add("clip_memory_gib", &memory_gib,
             "clips that take more memory, in GiB, are read again for every batch", kMayChange);
  fields.add("loader_threads", &workers, "threads that read clips", kMayChange);
}

ClipSet ClipSet::load(const std::filesystem::path& manifest, const ModelConfig& config,
                      const ClipLoading& loading, ClipParts parts) {
  ClipSet set;
  set.parts_ = parts;
  std::vector<Clip>& clips = *set.clips_;
  ClipList list = clips_with(manifest, loading.max_clips, parts);
  const std::size_t listed = list.clips.size() + list.missing.size();
  clips = std::move(list.clips);
  if (parts != ClipParts::kSound) {
    check_frames(clips, manifest);
    set.frames_per_clip_ = clips.front().frames.size();
  }

  const double needed_gib =
      gib_in_memory(config, set.size(), set.has_sound(), set.frames_per_clip_);
  const bool fits_in_memory = needed_gib <= loading.memory_gib;
  narrate("{}: {} clips with {} frames each, {:.3f} GiB, {}", manifest.string(), set.size(),
          set.frames_per_clip_, needed_gib,
          fits_in_memory ? "all in memory" : "read again for every batch");
  if (fits_in_memory) {
    const std::size_t with_parts = clips.size();
    set.read_all(config, loading.workers);
    if (clips.empty()) throw std::runtime_error(manifest.string() + ": no clip can be read");
    if (clips.size() < with_parts) {
      fmt::print(stderr, "{}: {} of {} clips are used\n", manifest.string(), clips.size(), listed);
    }
  } else {
    set.reader_ = std::make_unique<ClipReader>(clips, config, parts, loading.workers);
  }
  return set;
}

void ClipSet::read_all(const ModelConfig& config, int workers) {
  const int frames = frames_per_clip();
  const int side = config.vision_tower.image_size_px;
  if (has_sound()) {
    spectrograms_ = at::empty({size(), config.spectrogram.frames, config.spectrogram.mel_bins});
  }
  if (frames > 0) pixels_ = at::empty({size(), frames, 3, side, side});
  std::vector<std::string> faults(clips_->size());
  in_parallel(static_cast<int>(size()), std::max(workers, 1), [&](int index) {
    const Clip& clip = (*clips_)[static_cast<std::size_t>(index)];
    try {
      if (has_sound()) {
        spectrograms_[index].copy_(read_clip(clip, ClipRequest::kNoFrame, config).spectrogram);
      }
      for (int frame = 0; frame < frames; ++frame) {
        const RgbImage picture = read_picture(clip.frames[static_cast<std::size_t>(frame)]);
        pixels_[index][frame].copy_(image_to_pixels(picture.view(), config.vision_tower));
      }
    } catch (const std::exception& error) {
      faults[static_cast<std::size_t>(index)] = error.what();
    }
  });

  std::vector<std::int64_t> readable;
  std::vector<Clip> readable_clips;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].empty()) {
      readable.push_back(static_cast<std::int64_t>(i));
      readable_clips.push_back((*clips_)[i]);
    } else {
      fmt::print(stderr, "clip '{}' is skipped: {}\n", (*clips_)[i].id, faults[i]);
    }
  }
  if (readable.size() == faults.size()) return;
  *clips_ = std::move(readable_clips);
  if (spectrograms_.defined()) spectrograms_ = rows(spectrograms_, readable);
  if (pixels_.defined()) pixels_ = rows(pixels_, readable);
}

void ClipSet::announce(std::span<const ClipRequest> requests) const {
  if (is_in_memory()) return;
  for (const ClipRequest& request : requests) reader_->announce(request);
}

ClipBatch ClipSet::read(std::span<const ClipRequest> requests) const {
  ClipBatch batch;
  std::vector<torch::Tensor> spectrograms;
  std::vector<torch::Tensor> pixels;
  for (const ClipRequest& request : requests) {
    std::optional<ReadClip> clip;
    if (is_in_memory()) {
      clip.emplace();
      if (has_sound()) clip->spectrogram = spectrograms_[request.clip];
      if (request.frame != ClipRequest::kNoFrame) {
        clip->pixels = pixels_[request.clip][request.frame];
      }
    } else {
      clip = reader_->take(request);
    }
    if (!clip) continue;
    batch.requests.push_back(request);
    if (clip->spectrogram.defined()) spectrograms.push_back(clip->spectrogram);
    if (clip->pixels.defined()) pixels.push_back(clip->pixels);
  }
  if (!spectrograms.empty()) batch.spectrograms = at::stack(spectrograms);
  if (!pixels.empty()) batch.pixels = at::stack(pixels);
  return batch;
}

torch::Tensor ClipSet::spectrograms(std::span<const std::int64_t> indices) const {
  return rows(spectrograms_, {indices.begin(), indices.end()});
}

torch::Tensor ClipSet::pixels(std::span<const std::int64_t> indices) const {
  return rows(pixels_, {indices.begin(), indices.end()});
}

}  // namespace dali
