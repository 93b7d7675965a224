// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/sounds/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "media/clips/wav_file.h"
#include "media/sounds/resampling.h"
#include "model/base/file_replacement.h"
#include "model/base/heard_channels.h"
#include "model/base/memory_file.h"
#include "model/base/window.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

using Sound = std::unique_ptr<SNDFILE, decltype(&sf_close)>;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw std::runtime_error(file.string() + ": " + reason);
}

void check_contents(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) refuse(file, "is a folder");
  if (fs::file_size(file, error) == 0 && !error) refuse(file, "is empty");
}

// "File contains data in an unknown format." -> without the full stop.
std::string reason_of(SNDFILE* sound) {
  std::string reason = sf_strerror(sound);
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return reason;
}

// Formats whose heads say how many samples follow. Of the others the library counts what is there,
// or guesses.
bool knows_its_length(const SF_INFO& info) {
  const int kind = info.format & SF_FORMAT_TYPEMASK;
  return kind == SF_FORMAT_FLAC || kind == SF_FORMAT_AIFF || kind == SF_FORMAT_CAF;
}

struct Channels {
  std::vector<float> interleaved;
  std::size_t count = 1;
  int rate_hz = 0;

  std::vector<float> track(std::size_t channel) const {
    std::vector<float> samples;
    samples.reserve(interleaved.size() / count);
    for (std::size_t at = channel; at < interleaved.size(); at += count) {
      samples.push_back(interleaved[at]);
    }
    return samples;
  }
};

Channels decode(const fs::path& file) {
  SF_INFO info = {};
  const Sound sound(sf_open(file.c_str(), SFM_READ, &info), sf_close);
  if (!sound) refuse(file, reason_of(nullptr) + "; dali-extract reads what GStreamer decodes");
  if (info.channels < 1 || info.samplerate < 1) refuse(file, "has no channels or no rate");
  Channels channels{.interleaved = {},
                    .count = static_cast<std::size_t>(info.channels),
                    .rate_hz = info.samplerate};
  // In blocks: a head can claim anything.
  const auto longest = static_cast<std::size_t>(kLongestSoundSeconds * info.samplerate);
  constexpr sf_count_t kBlock = 1 << 16;
  std::size_t frames = 0;
  for (sf_count_t read = kBlock; read == kBlock;) {
    channels.interleaved.resize((frames + kBlock) * channels.count);
    read =
        sf_readf_float(sound.get(), channels.interleaved.data() + frames * channels.count, kBlock);
    frames += static_cast<std::size_t>(std::max<sf_count_t>(read, 0));
    if (frames > longest) {
      refuse(file, "is longer than " + std::to_string(static_cast<int>(kLongestSoundSeconds)) +
                       " s, too long for one clip; dali-extract --clip cuts it");
    }
  }
  channels.interleaved.resize(frames * channels.count);
  if (knows_its_length(info) && static_cast<sf_count_t>(frames) < info.frames) {
    refuse(file, "is cut short");
  }
  if (sf_error(sound.get()) != SF_ERR_NO_ERROR) refuse(file, reason_of(sound.get()));
  if (frames == 0) refuse(file, "holds no samples");
  return channels;
}

void check_numbers(const fs::path& file, std::span<const float> samples) {
  const auto is_number = [](float sample) { return std::isfinite(sample); };
  if (!std::ranges::all_of(samples, is_number)) refuse(file, "has samples that are no numbers");
}

std::vector<float> at_our_rate(const fs::path& file, const Channels& channels,
                               std::size_t channel) try {
  return resampled(channels.track(channel), channels.rate_hz);
} catch (const std::runtime_error& error) {
  refuse(file, error.what());
}

// What comes through a pipe can be read but once, and its readers open their files several times.
void copy_pipe(const fs::path& pipe, MemoryFile& contents) {
  constexpr std::size_t kLongestBytes = 1 << 30;
  std::ifstream stream(pipe, std::ios::binary);
  if (!stream) refuse(pipe, "cannot be opened");
  std::string block(1 << 16, '\0');
  std::size_t total = 0;
  while (stream) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto read = static_cast<std::size_t>(stream.gcount());
    total += read;
    if (total > kLongestBytes) refuse(pipe, "does not end within a gigabyte");
    contents.write(std::string_view(block).substr(0, read));
  }
}

std::vector<float> read_regular(const fs::path& file) {
  // libsndfile takes what is there of a WAV file that is cut short: it is refused here.
  if (auto samples = read_wav_of_clips(file)) return *std::move(samples);
  check_contents(file);
  const Channels channels = decode(file);
  check_numbers(file, channels.interleaved);
  std::vector<std::vector<float>> tracks = {at_our_rate(file, channels, 0)};
  const bool others_matter = is_silent(tracks.front());
  for (std::size_t channel = 1; others_matter && channel < channels.count; ++channel) {
    tracks.push_back(at_our_rate(file, channels, channel));
  }
  return std::move(tracks[heard_channel(tracks)]);
}

}  // namespace

std::vector<float> read_sound(const fs::path& file) {
  std::error_code error;
  if (!fs::is_fifo(file, error)) return read_regular(file);
  MemoryFile contents(file);
  copy_pipe(file, contents);
  try {
    return read_regular(contents.path());
  } catch (const std::runtime_error& failure) {
    std::string reason = failure.what();
    const std::string inside = contents.path().string();
    if (reason.starts_with(inside)) reason.replace(0, inside.size(), file.string());
    throw std::runtime_error(reason);
  }
}

void write_flac(const fs::path& file, std::span<const float> samples) {
  FileReplacement replacement(file, Sync::kLater);
  SF_INFO info = {};
  info.samplerate = kSampleRateHz;
  info.channels = 1;
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  Sound sound(sf_open(replacement.temporary_path().c_str(), SFM_WRITE, &info), sf_close);
  if (!sound) refuse(file, reason_of(nullptr));
  const std::vector<std::int16_t> integers = to_16_bits(samples);
  const auto count = static_cast<sf_count_t>(integers.size());
  const bool is_written = sf_writef_short(sound.get(), integers.data(), count) == count;
  const bool is_closed = sf_close(sound.release()) == 0;
  if (!is_written || !is_closed) refuse(file, "cannot be written");
  replacement.commit();
}

}  // namespace dali
