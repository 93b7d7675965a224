#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace dali {

// Sound of clips: RIFF WAVE files, 16-bit PCM, mono, kSampleRateHz.

// Samples beyond [-1, 1) are cut off. Written beside and renamed, so that a file of that name is
// always complete. Throws std::runtime_error naming the file.
void write_wav(const std::filesystem::path& file, std::span<const float> samples);

// Samples in [-1, 1). Of several channels the first is taken. Throws std::runtime_error naming the
// file when it is no such WAV file, is cut short, or has another rate.
std::vector<float> read_wav(const std::filesystem::path& file);

}  // namespace dali
