// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/wav_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "model/base/file_replacement.h"
#include "model/base/heard_channels.h"
#include "model/base/window.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr double kFullScale = 32768.0;
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kFormatBytes = 16;
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xFFFE;  // the true format stands further behind
constexpr std::size_t kExtensibleBytes = 40;
constexpr std::size_t kUnknownSize = 0xFFFFFFFF;
constexpr std::size_t kRiffBytes = 12;
constexpr std::size_t kChunkHeadBytes = 8;

// WAVE is little-endian, whatever the machine.
void append_integer(std::string& bytes, std::uint32_t value, int count) {
  for (int byte = 0; byte < count; ++byte) {
    bytes += static_cast<char>((value >> (8 * byte)) & 0xff);
  }
}

std::uint32_t integer_at(std::string_view bytes, std::size_t offset, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t byte = 0; byte < count; ++byte) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[offset + byte])} << (8 * byte);
  }
  return value;
}

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw std::runtime_error(file.string() + ": " + reason);
}

std::ifstream opened(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(file, "cannot be opened");
  return stream;
}

// Where the chunks "fmt " and "data" are.
struct WavLayout {
  std::string format;  // the chunk's contents
  std::uintmax_t data_at = 0;
  std::size_t data_bytes = 0;
};

// Nothing where `stream` holds no WAV file at all.
std::optional<WavLayout> find_chunks(const fs::path& file, std::ifstream& stream) {
  const auto read = [&](std::size_t count) {
    std::string bytes(count, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
  };
  const std::string head = read(kRiffBytes);
  if (head.size() < kRiffBytes || !head.starts_with("RIFF") || head.substr(8) != "WAVE") {
    return std::nullopt;
  }
  const std::uintmax_t file_bytes = fs::file_size(file);
  WavLayout layout;
  std::uintmax_t offset = kRiffBytes;
  while (offset + kChunkHeadBytes <= file_bytes && layout.data_bytes == 0) {
    stream.seekg(static_cast<std::streamoff>(offset));
    const std::string chunk = read(kChunkHeadBytes);
    if (chunk.size() < kChunkHeadBytes) break;
    const std::string name = chunk.substr(0, 4);
    std::size_t size = integer_at(chunk, 4, 4);
    const std::uintmax_t left = file_bytes - offset - kChunkHeadBytes;
    // Who writes into a pipe does not know the size, and cannot come back to say it.
    if (name == "data" && size == kUnknownSize) size = left;
    if (size > left) refuse(file, "is cut short");
    if (name == "fmt ") layout.format = read(std::min(size, kExtensibleBytes));
    if (name == "data") {
      layout.data_at = offset + kChunkHeadBytes;
      layout.data_bytes = size;
    }
    offset += kChunkHeadBytes + size + size % 2;  // chunks start at even offsets
  }
  if (layout.format.size() < kFormatBytes) refuse(file, "has no format chunk");
  return layout;
}

std::uint32_t channels_of(const WavLayout& layout) {
  return integer_at(layout.format, 2, 2);
}

struct SampleFormat {
  bool is_float = false;
  bool is_integer = false;
  std::size_t bytes = 0;
};

SampleFormat sample_format(std::string_view chunk) {
  std::uint32_t tag = integer_at(chunk, 0, 2);
  if (tag == kExtensible && chunk.size() >= kExtensibleBytes) tag = integer_at(chunk, 24, 2);
  return {.is_float = tag == kFloat,
          .is_integer = tag == kPcm,
          .bytes = integer_at(chunk, 14, 2) % 8 == 0 ? integer_at(chunk, 14, 2) / 8 : 0};
}

bool is_known(const SampleFormat& format) {
  return (format.is_integer && format.bytes >= 2 && format.bytes <= 4) ||
         (format.is_float && (format.bytes == 4 || format.bytes == 8));
}

// In [-1, 1) of an integer; a float as it stands.
float sample_at(std::string_view bytes, const SampleFormat& format) {
  if (format.is_float && bytes.size() == sizeof(float)) {
    return std::bit_cast<float>(integer_at(bytes, 0, sizeof(float)));
  }
  if (format.is_float) {
    const std::uint64_t high = integer_at(bytes, 4, 4);
    return static_cast<float>(std::bit_cast<double>(high << 32 | integer_at(bytes, 0, 4)));
  }
  // The highest bits, so that the sign is where a 32-bit integer has it.
  const auto value = static_cast<std::int32_t>(integer_at(bytes, 0, bytes.size())
                                               << (8 * (sizeof(std::int32_t) - bytes.size())));
  constexpr double kScale = 1.0 / 2147483648.0;
  return static_cast<float>(value * kScale);
}

// Why the file is not as clips' are; empty: it is.
std::string difference_of(const WavLayout& layout) {
  const std::uint32_t rate_hz = integer_at(layout.format, 4, 4);
  if (!is_known(sample_format(layout.format)) || channels_of(layout) == 0) {
    return "is not 16-bit PCM, nor 24-bit, 32-bit or float; dali-extract converts it";
  }
  if (rate_hz != kSampleRateHz) {
    return "has " + std::to_string(rate_hz) + " samples a second, wanted " +
           std::to_string(kSampleRateHz) + "; dali-extract converts it";
  }
  return {};
}

// Of a file that is as clips' are.
std::vector<float> read_samples(const fs::path& file, std::ifstream& stream,
                                const WavLayout& layout) {
  const std::uint32_t channels = channels_of(layout);
  const SampleFormat format = sample_format(layout.format);
  std::string data(layout.data_bytes, '\0');
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(layout.data_at));
  stream.read(data.data(), static_cast<std::streamsize>(data.size()));
  if (static_cast<std::size_t>(stream.gcount()) != data.size()) refuse(file, "is cut short");
  const std::size_t stride = format.bytes * channels;
  const auto samples_of = [&](std::uint32_t channel) {
    std::vector<float> samples(data.size() / stride);
    for (std::size_t index = 0; index < samples.size(); ++index) {
      const std::size_t place = index * stride + channel * format.bytes;
      samples[index] = sample_at(std::string_view(data).substr(place, format.bytes), format);
      if (!std::isfinite(samples[index])) refuse(file, "has samples that are no numbers");
    }
    return samples;
  };
  std::vector<std::vector<float>> tracks = {samples_of(0)};
  const bool others_matter = is_silent(tracks.front());
  for (std::uint32_t channel = 1; others_matter && channel < channels; ++channel) {
    tracks.push_back(samples_of(channel));
  }
  return std::move(tracks[heard_channel(tracks)]);
}

}  // namespace

std::vector<std::int16_t> to_16_bits(std::span<const float> samples) {
  std::vector<std::int16_t> integers;
  integers.reserve(samples.size());
  for (const float sample : samples) {
    const double heard = std::isfinite(sample) ? sample : 0.0;
    const double scaled = std::clamp(std::nearbyint(heard * kFullScale), -32768.0, 32767.0);
    integers.push_back(static_cast<std::int16_t>(scaled));
  }
  return integers;
}

void write_wav(const fs::path& file, std::span<const float> samples) {
  const std::size_t data_bytes = samples.size() * sizeof(std::int16_t);
  if (data_bytes > std::numeric_limits<std::uint32_t>::max() - kHeaderBytes) {
    refuse(file, "more samples than a WAV file holds");
  }
  std::string bytes;
  bytes.reserve(kHeaderBytes + data_bytes);
  bytes += "RIFF";
  append_integer(bytes, static_cast<std::uint32_t>(kHeaderBytes - 8 + data_bytes), 4);
  bytes += "WAVEfmt ";
  append_integer(bytes, kFormatBytes, 4);
  append_integer(bytes, kPcm, 2);
  append_integer(bytes, 1, 2);  // channels
  append_integer(bytes, kSampleRateHz, 4);
  append_integer(bytes, kSampleRateHz * sizeof(std::int16_t), 4);  // bytes a second
  append_integer(bytes, sizeof(std::int16_t), 2);                  // bytes a sample of all channels
  append_integer(bytes, 8 * sizeof(std::int16_t), 2);              // bits a sample
  bytes += "data";
  append_integer(bytes, static_cast<std::uint32_t>(data_bytes), 4);
  for (const std::int16_t sample : to_16_bits(samples)) {
    append_integer(bytes, static_cast<std::uint16_t>(sample), 2);
  }

  replace_file(file, bytes, Sync::kLater);
}

std::vector<float> read_wav(const fs::path& file) {
  std::ifstream stream = opened(file);
  const auto layout = find_chunks(file, stream);
  if (!layout) refuse(file, "is not a WAV file");
  if (const std::string difference = difference_of(*layout); !difference.empty()) {
    refuse(file, difference);
  }
  return read_samples(file, stream, *layout);
}

std::optional<std::vector<float>> read_wav_of_clips(const fs::path& file) {
  std::ifstream stream = opened(file);
  const auto layout = find_chunks(file, stream);
  if (!layout || !difference_of(*layout).empty()) return std::nullopt;
  return read_samples(file, stream, *layout);
}

}  // namespace dali
