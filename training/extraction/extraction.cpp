// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/extraction/extraction.h"

#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "command/in_parallel.h"
#include "command/progress_line.h"
#include "media/clips/jpeg_file.h"
#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "media/sounds/sound_file.h"
#include "training/extraction/extraction_journal.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

void create_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw std::runtime_error(folder.string() + ": " + error.message());
}

// Two threads may extract from one file, but never to one: ids are unique.
Clip extract_clip(Clip clip, const MediaStretch& stretch, const ExtractionOptions& options) {
  const fs::path& out = options.out;
  clip.extraction = extraction_of(clip, options);
  clip.duration_s = stretch.duration_s;
  clip.audio.clear();
  clip.frames.clear();
  if (!stretch.samples.empty()) {
    clip.audio = out / "audio" / (clip.id + (options.has_flac ? ".flac" : ".wav"));
    options.has_flac ? write_flac(clip.audio, stretch.samples)
                     : write_wav(clip.audio, stretch.samples);
  }
  for (std::size_t frame = 0; frame < stretch.frames.size(); ++frame) {
    const bool is_jpeg = options.jpeg_quality > 0;
    const RgbImage& picture = stretch.frames[frame];
    clip.frames.push_back(out / "frames" /
                          fmt::format("{}-{}.{}", clip.id, frame, is_jpeg ? "jpg" : "ppm"));
    is_jpeg ? write_jpeg(clip.frames.back(), picture, options.jpeg_quality)
            : write_ppm(clip.frames.back(), picture);
  }
  return clip;
}

}  // namespace

std::string extraction_of(const Clip& clip, const ExtractionOptions& options) {
  std::error_code ignored;
  std::string text = fmt::format(
      "{} bytes of {}, from {} s for {} s, {} frames, {}", fs::file_size(clip.media, ignored),
      fs::last_write_time(clip.media, ignored).time_since_epoch().count(), clip.start_s,
      clip.duration_s, options.frames,
      options.channels == ChannelChoice::kFirst ? "first channel" : "all channels");
  if (options.jpeg_quality > 0) text += fmt::format(", JPEG {}", options.jpeg_quality);
  if (options.has_flac) text += ", FLAC";
  return text;
}

Extraction extract(const std::vector<Clip>& clips, const ExtractionOptions& options) {
  create_folder(options.out / "audio");
  create_folder(options.out / "frames");
  ExtractionJournal journal(options.out);

  std::vector<std::optional<Clip>> done(clips.size());
  Extraction extraction;
  std::mutex mutex;  // of extraction
  ProgressLine progress(options.task, static_cast<int>(clips.size()));
  in_parallel(static_cast<int>(clips.size()), options.threads, [&](int number) {
    const auto index = static_cast<std::size_t>(number);
    const Clip& clip = clips[index];
    bool is_done = true;
    if (auto earlier = journal.finished(clip, extraction_of(clip, options))) {
      done[index] = std::move(earlier);
      const std::lock_guard lock(mutex);
      ++extraction.reused;
    } else {
      std::optional<MediaStretch> stretch;
      try {
        if (clip.media.empty()) throw std::runtime_error("clip '" + clip.id + "' names no media");
        stretch = read_media(clip.media, {.start_s = clip.start_s,
                                          .duration_s = clip.duration_s,
                                          .frames = options.frames,
                                          .channels = options.channels});
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        extraction.failures.emplace_back(error.what());
        is_done = false;
      }
      // Outside of the barrier: what cannot be written concerns all clips.
      if (stretch) {
        done[index] = extract_clip(clip, *stretch, options);
        journal.add(*done[index]);
        const std::lock_guard lock(mutex);
        for (const std::string& remark : stretch->remarks) {
          extraction.remarks.push_back(clip.media.string() + ": " + remark);
        }
      }
    }
    is_done ? progress.advance() : progress.leave_out();
  });
  progress.finish();

  for (std::optional<Clip>& clip : done) {
    if (clip) extraction.clips.push_back(std::move(*clip));
  }
  journal.close(extraction.clips);
  return extraction;
}

}  // namespace dali
