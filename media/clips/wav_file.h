// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace dali {

// Sound of clips: RIFF WAVE files, kSampleRateHz; as they are written, mono and 16-bit PCM.

// Samples beyond [-1, 1) are cut off, and those that are no numbers are silence. A FileReplacement,
// so that a file of that name is always complete. Throws std::runtime_error naming the file.
void write_wav(const std::filesystem::path& file, std::span<const float> samples);

// The samples as write_wav() stores them.
std::vector<std::int16_t> to_16_bits(std::span<const float> samples);

// Samples in [-1, 1) of integers of 16, 24 or 32 bits, or floats as they stand; of several channels
// heard_channel(). Throws std::runtime_error naming the file when it is no such WAV file, is cut
// short, has another rate, or samples that are no numbers.
std::vector<float> read_wav(const std::filesystem::path& file);

// The same, but nothing when it is no WAV file, or one of another kind or rate.
std::optional<std::vector<float>> read_wav_of_clips(const std::filesystem::path& file);

}  // namespace dali
