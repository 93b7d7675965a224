// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "media/clips/clip_list.h"
#include "media/clips/manifest.h"
#include "model/base/model_config.h"

namespace dali {

// What is wanted of a clip: its sound, where the set has any, and at most one of its frames.
struct ClipRequest {
  static constexpr int kNoFrame = -1;

  std::int64_t clip = 0;
  int frame = kNoFrame;

  auto operator<=>(const ClipRequest&) const = default;
};

// A clip as the towers take it.
struct ReadClip {
  torch::Tensor spectrogram;  // [frames, mel_bins], normalised; undefined: no sound wanted
  torch::Tensor pixels;       // [3, image_size, image_size], normalised; undefined: no frame wanted
};

// Reads one clip, without its sound where `parts` has frames alone. Throws std::exception in one
// line.
ReadClip read_clip(const Clip& clip, int frame, const ModelConfig& config,
                   ClipParts parts = ClipParts::kSoundAndFrames);

// Reads clips from the disk on threads of its own, ahead of whoever takes them. Any thread may
// call, but two must not take one and the same request at a time.
class ClipReader {
 public:
  // Borrows `clips`, which outlive the reader.
  ClipReader(const std::vector<Clip>& clips, const ModelConfig& config, ClipParts parts,
             int workers);
  // Says how many clips could not be read, if any.
  ~ClipReader();

  // This one will be taken soon. It is held in memory until then.
  void announce(const ClipRequest& request);

  // Waits for it, or reads it here and now when no worker has begun. Nothing when the clip cannot
  // be read; the reason goes to standard error, once a clip.
  std::optional<ReadClip> take(const ClipRequest& request);

 private:
  enum class State { kWaiting, kBeingRead, kRead };
  struct Entry {
    State state = State::kWaiting;
    std::optional<ReadClip> clip;
  };

  void work(const std::stop_token& stop);
  std::optional<ReadClip> read(const ClipRequest& request);

  const std::vector<Clip>& clips_;
  const ModelConfig config_;
  const ClipParts parts_;

  std::mutex mutex_;                             // of all below
  std::condition_variable_any something_waits_;  // wakes the workers
  std::condition_variable something_was_read_;   // wakes take()
  std::deque<ClipRequest> waiting_;              // in the order of their announcement
  std::map<ClipRequest, Entry> entries_;
  std::map<std::int64_t, bool> is_reported_;  // broken clips

  std::vector<std::jthread> workers_;  // last: they use everything above
};

}  // namespace dali
