// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace dali {

// A sound that is longer is refused: it would be held in memory as a whole, and a clip hears the
// first seconds of it.
inline constexpr double kLongestSoundSeconds = 900.0;

// The sound of a clip, in whatever form other data sets have it: what libsndfile reads (WAV of any
// rate, width and number of channels, FLAC, Ogg Vorbis, Opus, MP3, AIFF and so on), known by its
// contents and not by its name; from a pipe too, which is read once. Mono, kSampleRateHz, in [-1,
// 1] but for floats, which stay as they are; resampled with resampled() where the rate is another.
// Of several channels heard_channel(). Throws std::runtime_error in one line naming the file: it
// cannot be opened, is empty, in no form that is known, cut short where its form lets that be seen,
// too long, or has samples that are no numbers. Any thread.
std::vector<float> read_sound(const std::filesystem::path& file);

// FLAC, mono, 16 bits, kSampleRateHz: the samples that write_wav() would write, in about half of
// the bytes. A FileReplacement, so that a file of that name is always complete. Throws
// std::runtime_error naming the file.
void write_flac(const std::filesystem::path& file, std::span<const float> samples);

}  // namespace dali
