// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/codec_names.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

namespace dali {
namespace {

// profile_idc and the flags of its constraints.
const std::map<std::string_view, const char*>& h264_profiles() {
  static const std::map<std::string_view, const char*> profiles = {
      {"constrained-baseline", "42c0"},
      {"baseline", "4200"},
      {"main", "4d00"},
      {"high", "6400"},
      {"high-10", "6e00"},
      {"high-4:2:2", "7a00"},
      {"high-4:4:4", "f400"},
      {"extended", "5800"},
      {"constrained-high", "640c"},
      {"progressive-high", "6408"},
  };
  return profiles;
}

// "3.1" is 31, and "1b" is 9 there.
int h264_level(std::string_view level) {
  if (level == "1b") return 9;
  int tenths = 0;
  for (const char letter : level) {
    if (letter != '.') tenths = tenths * 10 + (letter - '0');
  }
  return level.find('.') == std::string_view::npos ? tenths * 10 : tenths;
}

std::string_view text_in(const GstStructure* structure, const char* field) {
  const char* const text = gst_structure_get_string(structure, field);
  return text ? text : "";
}

std::string mpeg_audio_name(const GstStructure* structure) {
  int version = 0;
  gst_structure_get_int(structure, "mpegversion", &version);
  if (version == 1) return "mp4a.40.34";
  const std::string_view profile = text_in(structure, "profile");
  if (profile == "he-aac-v1") return "mp4a.40.5";
  if (profile == "he-aac-v2") return "mp4a.40.29";
  return "mp4a.40.2";
}

}  // namespace

std::string codec_name(const GstCaps* caps) {
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  const std::string_view media = gst_structure_get_name(structure);
  if (media == "video/x-h264") {
    const auto profile = h264_profiles().find(text_in(structure, "profile"));
    const std::string_view level = text_in(structure, "level");
    if (profile == h264_profiles().end() || level.empty()) return {};
    return fmt::format("avc1.{}{:02x}", profile->second, h264_level(level));
  }
  if (media == "audio/mpeg") return mpeg_audio_name(structure);
  if (media == "audio/x-ac3") return "ac-3";
  return {};
}

}  // namespace dali
