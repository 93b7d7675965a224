#include "training/data/clip_windows.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "training/data/ppm_file.h"
#include "training/data/wav_file.h"

namespace dali {

void for_each_window(const std::filesystem::path& manifest, int max_clips, const char* task,
                     const std::function<void(const Clip& clip, const Window& window)>& visit) {
  const auto clips = read_manifest(manifest);
  const std::size_t count =
      max_clips > 0 ? std::min(clips.size(), static_cast<std::size_t>(max_clips)) : clips.size();
  const bool is_terminal = isatty(STDERR_FILENO) == 1;
  const std::size_t lines_between = is_terminal ? 1 : 500;
  for (std::size_t index = 0; index < count; ++index) {
    const Clip& clip = clips[index];
    if (clip.audio.empty() || clip.frames.empty()) {
      throw std::runtime_error(fmt::format("{}: clip '{}' has no sound or no frames; dali-extract "
                                           "makes them", manifest.string(), clip.id));
    }
    const auto samples = read_wav(clip.audio);
    const RgbImage picture = read_ppm(clip.frames[clip.frames.size() / 2]);
    visit(clip, {.audio = samples, .frame = picture.view()});
    if ((index + 1) % lines_between == 0 || index + 1 == count) {
      fmt::print(stderr, "{}{} {}/{}{}", is_terminal ? "\r" : "", task, index + 1, count,
                 is_terminal && index + 1 < count ? "" : "\n");
    }
  }
}

}  // namespace dali
