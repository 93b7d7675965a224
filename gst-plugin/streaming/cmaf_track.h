// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dali {

// What players have to know of a track before its first fragment, as CMAF (ISO/IEC 23000-19) has
// it: a file has one track, whose samples are of one form.
struct CmafTrack {
  enum class Kind { kVideo, kAudio, kText };

  Kind kind = Kind::kText;
  std::uint32_t ticks_per_second = 0;
  std::uint32_t frame_ticks = 0;  // how long each sample is; 0: each as long as it says
  int width_px = 0;               // of pictures
  int height_px = 0;
  int length_bytes = 0;      // before each part of a picture
  std::string sample_entry;  // the box that says of which form they are

  bool operator==(const CmafTrack&) const = default;
};

// H.264 whose access units have lengths before their parts. `configuration`: what "avcC" holds;
// std::runtime_error when that is too short.
// Pixels are as wide as `pixel_width` to `pixel_height` says.
struct H264Form {
  std::string_view configuration;
  int width_px = 0;
  int height_px = 0;
  int pixel_width = 1;
  int pixel_height = 1;
};
CmafTrack h264_track(const H264Form& form);

struct SoundForm {
  int rate_hz = 0;
  int channels = 0;
};
// AAC without headers. `configuration`: the AudioSpecificConfig of ISO/IEC 14496-3. `frame_ticks`:
// how many samples a frame has at that rate, which is twice as many where a band is replicated.
CmafTrack aac_track(const SoundForm& form, std::string_view configuration,
                    std::uint32_t frame_ticks);
// MPEG audio of layer 1 to 3.
CmafTrack mpeg_audio_track(const SoundForm& form, int layer);
// AC-3, by its first frame. Throws std::runtime_error when that is none.
CmafTrack ac3_track(const SoundForm& form, std::string_view first_frame);

// WebVTT in boxes (ISO/IEC 14496-30), in thousandths of a second.
CmafTrack wvtt_track();

// The file that players read first. The same track gives the same bytes.
std::string initialisation_segment(const CmafTrack& track);

}  // namespace dali
