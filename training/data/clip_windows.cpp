// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_windows.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "command/progress_line.h"
#include "media/sounds/sound_file.h"

namespace dali {

Window ClipWindow::view() const {
  Window window;
  if (samples) window.audio = *samples;
  if (picture) window.frame = picture->view();
  return window;
}

bool has_window(const Clip& clip, Modality modality) {
  const bool has_sound = !clip.audio.empty();
  const bool has_frames = !clip.frames.empty();
  switch (modality) {
    case Modality::kAudio:
      return has_sound;
    case Modality::kImage:
      return has_frames;
    case Modality::kAudiovisual:
      return has_sound && has_frames;
    case Modality::kAuto:
      break;
  }
  return has_sound || has_frames;
}

ClipWindow read_window(const Clip& clip, Modality modality) {
  if (!has_window(clip, modality)) {
    throw std::runtime_error("has no sound or no frames; dali-extract makes them");
  }
  ClipWindow window;
  if (modality != Modality::kImage && !clip.audio.empty()) window.samples = read_sound(clip.audio);
  if (modality != Modality::kAudio && !clip.frames.empty()) {
    window.picture = read_picture(clip.frames[clip.frames.size() / 2]);
  }
  return window;
}

std::vector<LeftOutClip> for_each_window(
    std::span<const Clip> clips, Modality modality, const std::string& task,
    const std::function<void(const Clip& clip, const Window& window)>& visit) {
  std::vector<LeftOutClip> left_out;
  ProgressLine progress(task, static_cast<int>(clips.size()));
  for (const Clip& clip : clips) {
    try {
      const ClipWindow window = read_window(clip, modality);
      visit(clip, window.view());
      progress.advance();
    } catch (const std::exception& error) {
      fmt::print(stderr, "clip '{}' is skipped: {}\n", clip.id, error.what());
      left_out.push_back({.id = clip.id, .reason = error.what()});
      progress.leave_out();
    }
  }
  progress.finish();
  return left_out;
}

}  // namespace dali
