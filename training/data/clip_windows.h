#pragma once

#include <filesystem>
#include <functional>

#include "model/base/window.h"
#include "training/data/manifest.h"

namespace dali {

// Calls `visit` for each of the first `max_clips` clips of a manifest (0: all) with the window that
// the element would cut from it: all its sound, and its middle frame. The window borrows; it is
// gone after the call. Clips that cannot be read are named on standard error and left out; throws
// std::runtime_error when none can. Progress goes to standard error, in words of `task` ("windows
// labelled").
void for_each_window(const std::filesystem::path& manifest, int max_clips, const char* task,
                     const std::function<void(const Clip& clip, const Window& window)>& visit);

}  // namespace dali
