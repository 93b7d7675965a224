// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "media/clips/picture_file.h"
#include "media/sounds/sound_file.h"
#include "model/audio/log_mel.h"
#include "model/vision/image_transform.h"

namespace dali {

ReadClip read_clip(const Clip& clip, int frame, const ModelConfig& config, ClipParts parts) {
  ReadClip read;
  if (parts != ClipParts::kFrames) {
    const auto samples = read_sound(clip.audio);
    read.spectrogram = normalised_spectrogram(log_mel_spectrogram(samples, config.spectrogram),
                                              config.spectrogram);
  }
  if (frame != ClipRequest::kNoFrame) {
    const RgbImage picture = read_picture(clip.frames.at(static_cast<std::size_t>(frame)));
    read.pixels = image_to_pixels(picture.view(), config.vision_tower);
  }
  return read;
}

ClipReader::ClipReader(const std::vector<Clip>& clips, const ModelConfig& config, ClipParts parts,
                       int workers)
    : clips_(clips), config_(config), parts_(parts) {
  for (int worker = 0; worker < workers; ++worker) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

ClipReader::~ClipReader() {
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();  // joined: nobody reports any more
  if (is_reported_.empty()) return;
  fmt::print(stderr, "{} of {} clips could not be read and were left out\n", is_reported_.size(),
             clips_.size());
}

void ClipReader::announce(const ClipRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!entries_.try_emplace(request).second) return;
  waiting_.push_back(request);
  something_waits_.notify_one();
}

std::optional<ReadClip> ClipReader::take(const ClipRequest& request) {
  {
    std::unique_lock lock(mutex_);
    const auto found = entries_.find(request);
    if (found != entries_.end() && found->second.state != State::kWaiting) {
      something_was_read_.wait(lock, [&] { return found->second.state == State::kRead; });
      auto clip = std::move(found->second.clip);
      entries_.erase(found);
      return clip;
    }
    if (found != entries_.end()) {
      std::erase(waiting_, request);
      entries_.erase(found);
    }
  }
  return read(request);
}

void ClipReader::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (something_waits_.wait(lock, stop, [this] { return !waiting_.empty(); }) &&
         !stop.stop_requested()) {
    const ClipRequest request = waiting_.front();
    waiting_.pop_front();
    entries_.at(request).state = State::kBeingRead;
    lock.unlock();
    auto clip = read(request);
    lock.lock();
    Entry& entry = entries_.at(request);
    entry.clip = std::move(clip);
    entry.state = State::kRead;
    something_was_read_.notify_all();
  }
}

std::optional<ReadClip> ClipReader::read(const ClipRequest& request) try {
  return read_clip(clips_[static_cast<std::size_t>(request.clip)], request.frame, config_, parts_);
} catch (const std::exception& error) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_reported_[request.clip], true)) return std::nullopt;
  fmt::print(stderr, "clip '{}' is skipped: {}\n",
             clips_[static_cast<std::size_t>(request.clip)].id, error.what());
  return std::nullopt;
}

}  // namespace dali
