#include "training/data/clip_windows.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>

#include "training/command/progress_line.h"
#include "training/data/clip_list.h"
#include "training/data/wav_file.h"

namespace dali {
ClipWindow read_window(const Clip& clip) {
  if (clip.audio.empty() || clip.frames.empty()) {
    throw std::runtime_error("has no sound or no frames; dali-extract makes them");
  }
  return {.samples = read_wav(clip.audio),
          .picture = read_picture(clip.frames[clip.frames.size() / 2])};
}

namespace {

// Nothing when the clip cannot be read; the reason goes to standard error.
std::optional<ClipWindow> window_or_reason(const Clip& clip) try {
  return read_window(clip);
} catch (const std::exception& error) {
  fmt::print(stderr, "clip '{}' is skipped: {}\n", clip.id, error.what());
  return std::nullopt;
}

}  // namespace

void for_each_window(const std::filesystem::path& manifest, int max_clips, const char* task,
                     const std::function<void(const Clip& clip, const Window& window)>& visit) {
  const auto clips = read_clip_list(manifest, max_clips).clips;
  ProgressLine progress(task, static_cast<int>(clips.size()));
  std::size_t visited = 0;
  for (const Clip& clip : clips) {
    if (const auto window = window_or_reason(clip)) {
      visit(clip, window->view());
      ++visited;
    }
    progress.advance();
  }
  progress.finish();
  if (visited == 0) throw std::runtime_error(manifest.string() + ": no clip can be read");
}

}  // namespace dali
