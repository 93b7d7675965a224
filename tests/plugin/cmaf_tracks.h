// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "gst-plugin/streaming/cmaf_track.h"
#include "tests/support/check_for_cpp.h"

// Small tracks for tests of CMAF, and what these tests check by.
namespace dali::cmaf {

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

// An AudioSpecificConfig of AAC-LC with 44.1 kHz and two channels; another with one.
inline const std::string kStereo = bytes({0x12, 0x10});
inline const std::string kMono = bytes({0x12, 0x08});

inline CmafTrack sound(const std::string& configuration = kStereo) {
  return aac_track({.rate_hz = 44100, .channels = 2}, configuration, 1024);
}

inline CmafTrack pictures(int width = 64) {
  const std::string configuration =
      bytes({1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68});
  return h264_track({.configuration = configuration, .width_px = width, .height_px = 48});
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <typename Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

inline void expect_same(const std::string& found, const std::string& wanted) {
  ck_assert_msg(found == wanted, "found %s instead of %s", found.c_str(), wanted.c_str());
}

}  // namespace dali::cmaf
