// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "media/clips/picture_file.h"
#include "model/base/modality.h"
#include "model/base/window.h"

namespace dali {

// What the element would cut from a clip: all its sound, and its middle frame.
struct ClipWindow {
  std::optional<std::vector<float>> samples;
  std::optional<RgbImage> picture;

  Window view() const;  // borrows
};

// As much of the clip as `modality` looks at; kAuto takes what the clip has. Throws
// std::runtime_error when the clip lacks it, or naming the file that cannot be read.
ClipWindow read_window(const Clip& clip, Modality modality);

// Whether the clip has, by its list, what `modality` looks at.
bool has_window(const Clip& clip, Modality modality);

struct LeftOutClip {
  std::string id;
  std::string reason;
};

// Calls `visit` for each of the clips with its window, which borrows and is gone after the call.
// Clips whose window cannot be read, or of which `visit` throws, are named on standard error and
// returned. Progress goes there too, in words of `task` ("windows labelled").
std::vector<LeftOutClip> for_each_window(
    std::span<const Clip> clips, Modality modality, const std::string& task,
    const std::function<void(const Clip& clip, const Window& window)>& visit);

}  // namespace dali
