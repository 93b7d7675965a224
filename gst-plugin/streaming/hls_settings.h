// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// The properties of dalihlssink, as the user set them. Their defaults stand here alone.
struct HlsSettings {
  std::string location = "media%05d.ts";
  std::string playlist_location = "media.m3u8";
  std::string audio_location = "audio%05d.m4s";  // of sound beside pictures, in CMAF alone
  std::string audio_playlist_location = "audio.m3u8";
  std::string text_location = "captions%05d.vtt";
  std::string text_playlist_location = "captions.m3u8";
  std::string master_location = "master.m3u8";  // empty: none
  unsigned target_duration_s = 4;
  unsigned playlist_length = 6;  // 0: all segments
  unsigned max_files = 15;       // 0: all
  std::int64_t max_text_delay_ns = 30'000'000'000;
  bool send_keyframe_requests = true;
};

}  // namespace dali
