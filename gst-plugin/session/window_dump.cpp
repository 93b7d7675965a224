// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_dump.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace dali {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& file, const std::string& header, const void* body,
                std::size_t bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << header;
  stream.write(static_cast<const char*>(body), static_cast<std::streamsize>(bytes));
  stream.close();
  if (!stream) throw std::runtime_error(file.string() + ": cannot be written");
}

// Least significant byte first, whatever this machine has.
template <typename Integer>
void append(std::string& bytes, Integer value) {
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    bytes += static_cast<char>((value >> (8 * byte)) & 0xFF);
  }
}

std::string wav_header(std::uint32_t samples) {
  constexpr std::uint32_t kHeaderAfterSize = 36;
  constexpr std::uint16_t kPcm = 1;
  constexpr std::uint16_t kChannels = 1;
  constexpr std::uint16_t kBytesPerSample = 2;
  constexpr std::uint32_t kRate = kSampleRateHz;
  std::string header = "RIFF";
  append(header, kHeaderAfterSize + samples * kBytesPerSample);
  header += "WAVEfmt ";
  append(header, std::uint32_t{16});
  append(header, kPcm);
  append(header, kChannels);
  append(header, kRate);
  append(header, kRate * kBytesPerSample);
  append(header, kBytesPerSample);
  append(header, static_cast<std::uint16_t>(8 * kBytesPerSample));
  header += "data";
  append(header, samples * kBytesPerSample);
  return header;
}

void write_wav(const fs::path& file, const std::vector<float>& samples) {
  std::string bytes;
  bytes.reserve(2 * samples.size());
  for (const float sample : samples) {
    const float clamped =
        std::clamp(std::isfinite(sample) ? sample * 32768.0F : 0.0F, -32768.0F, 32767.0F);
    append(bytes, static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lrint(clamped))));
  }
  write_file(file, wav_header(static_cast<std::uint32_t>(samples.size())), bytes.data(),
             bytes.size());
}

// Milliseconds of the system's clock, and a number that tells the dumps of one process apart.
std::string unique_part() {
  static std::atomic<int> dumps = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) + "-" +
         std::to_string(dumps++);
}

}  // namespace

WindowDump::WindowDump(const fs::path& folder) : folder_(folder), first_part_(unique_part()) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw std::runtime_error(folder_.string() + ": " + error.message());
}

void WindowDump::write(const SampledWindow& window, const Decision& decision) {
  const std::string id = first_part_ + "-" + std::to_string(next_++);
  nlohmann::ordered_json line;
  line["id"] = id;
  line["start"] = static_cast<double>(window.span.start_ns) / kNanosecondsPerSecond;
  line["duration"] =
      static_cast<double>(window.span.end_ns - window.span.start_ns) / kNanosecondsPerSecond;
  if (!window.samples.empty()) {
    write_wav(folder_ / (id + ".wav"), window.samples);
    line["audio"] = id + ".wav";
  }
  if (!window.picture_rgb.pixels.empty()) {
    const RgbImage& image = window.picture_rgb;
    write_file(
        folder_ / (id + ".ppm"),
        "P6\n" + std::to_string(image.width_px) + " " + std::to_string(image.height_px) + "\n255\n",
        image.pixels.data(), image.pixels.size());
    line["frames"] = std::array{id + ".ppm"};
  }
  if (!decision.text.empty()) line["caption"] = decision.text;
  const fs::path manifest = folder_ / "manifest.jsonl";
  std::ofstream stream(manifest, std::ios::app);
  stream << line.dump() << '\n';
  stream.close();
  if (!stream) throw std::runtime_error(manifest.string() + ": cannot be written");
}

}  // namespace dali
