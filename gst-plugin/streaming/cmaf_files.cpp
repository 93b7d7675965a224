// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/cmaf_files.h"

#include <algorithm>
#include <stdexcept>

#include "gst-plugin/streaming/media_ticks.h"

namespace dali {
namespace {

const CmafTrackMedia* find(const std::vector<CmafTrackMedia>& tracks, CmafTrack::Kind kind) {
  const auto found = std::find_if(tracks.begin(), tracks.end(), [&](const CmafTrackMedia& media) {
    return media.track.kind == kind;
  });
  return found == tracks.end() || found->samples.empty() ? nullptr : &*found;
}

std::string empty_segment(const CmafTrack& track, std::uint64_t number, std::int64_t start_ns) {
  const std::int64_t start = media_ticks(start_ns, track.ticks_per_second);
  return media_segment({.number = static_cast<std::uint32_t>(number + 1),
                        .decode_time = static_cast<std::uint64_t>(start),
                        .samples = {}},
                       {});
}

}  // namespace

bool CmafFiles::take_form(std::optional<Output>& output, HlsRendition& rendition,
                          const CmafTrackMedia* media) {
  if (!media || (output && output->track == media->track)) return false;
  output.emplace(
      Output{.rendition = rendition, .track = media->track, .timing = CmafTiming(media->track)});
  return true;
}

void CmafFiles::write_segment(std::optional<Output>& output, std::uint64_t number,
                              std::int64_t start_ns, std::int64_t end_ns,
                              const CmafTrackMedia* media) {
  if (!output) return;
  if (initialised_at_ == number) {
    write_served_file(output->rendition.initialisation_path(number),
                      initialisation_segment(output->track));
  }
  std::string file;
  if (media) {
    Fragment fragment = output->timing.place(media->samples, end_ns);
    fragment.number = static_cast<std::uint32_t>(number + 1);
    file = media_segment(fragment, media->bytes);
  } else {
    file = empty_segment(output->track, number, start_ns);
  }
  write_served_file(output->rendition.path(number), file);
}

void CmafFiles::write(std::uint64_t number, std::int64_t start_ns, std::int64_t end_ns,
                      const std::vector<CmafTrackMedia>& tracks) {
  const CmafTrackMedia* const pictures = find(tracks, CmafTrack::Kind::kVideo);
  const CmafTrackMedia* const sound = find(tracks, CmafTrack::Kind::kAudio);
  if (!main_ && !pictures && !sound) {
    throw std::runtime_error("a segment of CMAF has neither pictures nor sound");
  }
  const bool has_pictures =
      main_ ? main_->track.kind == CmafTrack::Kind::kVideo : pictures != nullptr;
  if (!has_pictures && pictures) {
    throw std::runtime_error(
        "pictures came after segments of sound alone, which have no place for them in CMAF");
  }
  const CmafTrackMedia* const beside = has_pictures ? sound : nullptr;
  const CmafTrackMedia* const main = has_pictures ? pictures : sound;
  const bool is_other_main = take_form(main_, media_, main);
  const bool is_other_sound = take_form(beside_, sound_, beside);
  if (is_other_main || is_other_sound) initialised_at_ = number;
  if (beside_) sound_.begin(number);
  write_segment(main_, number, start_ns, end_ns, main);
  write_segment(beside_, number, start_ns, end_ns, beside);
}

std::string CmafFiles::initialisation_of_sound() const {
  return initialisation_segment(beside_.value().track);
}

std::string CmafFiles::silent_segment(std::uint64_t number, std::int64_t start_ns) const {
  return empty_segment(beside_.value().track, number, start_ns);
}

}  // namespace dali
