#include "training/data/clip_set.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

#include "model/audio/log_mel.h"
#include "model/vision/image_transform.h"
#include "training/data/clip_list.h"
#include "training/data/picture_file.h"
#include "training/data/wav_file.h"

namespace dali {
namespace {

void check_extracted(const Clip& clip, std::size_t frames, const std::filesystem::path& manifest) {
  if (clip.audio.empty() || clip.frames.empty()) {
    throw std::runtime_error(fmt::format("{}: clip '{}' has no sound or no frames; dali-extract "
                                         "makes them", manifest.string(), clip.id));
  }
  if (clip.frames.size() != frames) {
    throw std::runtime_error(fmt::format("{}: clip '{}' has {} frames, the first one has {}",
                                         manifest.string(), clip.id, clip.frames.size(), frames));
  }
}

torch::Tensor rows(const torch::Tensor& tensor, std::span<const std::int64_t> indices) {
  return tensor.index_select(
      0, at::tensor(at::ArrayRef<std::int64_t>(indices.data(), indices.size())));
}

}  // namespace

ClipSet ClipSet::load(const std::filesystem::path& manifest, const ModelConfig& config,
                      std::int64_t max_clips) {
  ClipSet set;
  ClipList list = read_clip_list(manifest);
  if (list.missing > 0) {
    fmt::print(stderr, "{}: {} of {} clips have their files\n", manifest.string(),
               list.clips.size(), list.clips.size() + list.missing);
  }
  set.clips_ = std::move(list.clips);
  if (max_clips > 0 && set.size() > max_clips) {
    set.clips_.resize(static_cast<std::size_t>(max_clips));
  }
  if (set.clips_.empty()) throw std::runtime_error(manifest.string() + ": holds no clips");
  const auto frames = set.clips_.front().frames.size();
  for (const Clip& clip : set.clips_) check_extracted(clip, frames, manifest);

  const int side = config.vision_tower.image_size_px;
  set.spectrograms_ =
      at::empty({set.size(), config.spectrogram.frames, config.spectrogram.mel_bins});
  set.pixels_ = at::empty({set.size(), static_cast<std::int64_t>(frames), 3, side, side});
  at::parallel_for(0, set.size(), /*grain_size=*/1, [&](std::int64_t begin, std::int64_t end) {
    for (auto index = begin; index < end; ++index) {
      const Clip& clip = set.clip(index);
      const auto samples = read_wav(clip.audio);
      set.spectrograms_[index].copy_(normalised_spectrogram(
          log_mel_spectrogram(samples, config.spectrogram), config.spectrogram));
      for (std::size_t frame = 0; frame < frames; ++frame) {
        const RgbImage picture = read_picture(clip.frames[frame]);
        set.pixels_[index][static_cast<std::int64_t>(frame)].copy_(
            image_to_pixels(picture.view(), config.vision_tower));
      }
    }
  });
  return set;
}

torch::Tensor ClipSet::spectrograms(std::span<const std::int64_t> indices) const {
  return rows(spectrograms_, indices);
}

torch::Tensor ClipSet::pixels(std::span<const std::int64_t> indices) const {
  return rows(pixels_, indices);
}

}  // namespace dali
