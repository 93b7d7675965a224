#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "model/base/window.h"
#include "training/data/manifest.h"
#include "training/data/picture_file.h"

namespace dali {

// What the element would cut from a clip: all its sound, and its middle frame.
struct ClipWindow {
  std::vector<float> samples;
  RgbImage picture;

  Window view() const { return {.audio = samples, .frame = picture.view()}; }  // borrows
};

// Throws std::runtime_error when the clip has no sound or no frame, or naming the file that cannot
// be read.
ClipWindow read_window(const Clip& clip);

// Calls `visit` for each of the first `max_clips` clips of a manifest (0: all) with its window,
// which borrows and is gone after the call. Clips that cannot be read are named on standard error
// and left out; throws std::runtime_error when none can. Progress goes to standard error, in words
// of `task` ("windows labelled").
void for_each_window(const std::filesystem::path& manifest, int max_clips, const char* task,
                     const std::function<void(const Clip& clip, const Window& window)>& visit);

}  // namespace dali
