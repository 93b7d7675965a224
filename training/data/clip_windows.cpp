#include "training/data/clip_windows.h"

#include <fmt/format.h>

#include <stdexcept>

#include "training/command/progress_line.h"
#include "training/data/clip_list.h"
#include "training/data/picture_file.h"
#include "training/data/wav_file.h"

namespace dali {

void for_each_window(const std::filesystem::path& manifest, int max_clips, const char* task,
                     const std::function<void(const Clip& clip, const Window& window)>& visit) {
  const auto clips = read_clip_list(manifest, max_clips).clips;
  ProgressLine progress(task, static_cast<int>(clips.size()));
  for (const Clip& clip : clips) {
    if (clip.audio.empty() || clip.frames.empty()) {
      throw std::runtime_error(
          fmt::format("{}: clip '{}' has no sound or no frames; dali-extract "
                      "makes them",
                      manifest.string(), clip.id));
    }
    const auto samples = read_wav(clip.audio);
    const RgbImage picture = read_picture(clip.frames[clip.frames.size() / 2]);
    visit(clip, {.audio = samples, .frame = picture.view()});
    progress.advance();
  }
  progress.finish();
}

}  // namespace dali
