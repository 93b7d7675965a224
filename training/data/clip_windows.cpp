#include "training/data/clip_windows.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

#include "training/command/progress_line.h"
#include "training/data/clip_list.h"
#include "training/data/picture_file.h"
#include "training/data/wav_file.h"

namespace dali {
namespace {

struct WindowMedia {
  std::vector<float> samples;
  RgbImage picture;
};

// Nothing when the clip cannot be read; the reason goes to standard error.
std::optional<WindowMedia> read_window(const Clip& clip) try {
  if (clip.audio.empty() || clip.frames.empty()) {
    throw std::runtime_error("has no sound or no frames; dali-extract makes them");
  }
  return WindowMedia{.samples = read_wav(clip.audio),
                     .picture = read_picture(clip.frames[clip.frames.size() / 2])};
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
    if (const auto media = read_window(clip)) {
      visit(clip, {.audio = media->samples, .frame = media->picture.view()});
      ++visited;
    }
    progress.advance();
  }
  progress.finish();
  if (visited == 0) throw std::runtime_error(manifest.string() + ": no clip can be read");
}

}  // namespace dali
