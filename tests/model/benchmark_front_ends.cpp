// SPDX-License-Identifier: LGPL-2.1-or-later
// How fast the ways into both towers are, as ratios within one run: the machine's speed cancels.
// Exit status 1 when one has become slower than what it replaces.
#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/vision/image_transform.h"

namespace dali {
namespace {

// The shortest of several runs: what a shared machine adds is left out.
double seconds_of(const std::function<void()>& work) {
  double shortest = 1e9;
  for (int run = 0; run < 7; ++run) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, taken.count());
  }
  return shortest;
}

// One line of the table; true when `taken` is at most twice `other`.
bool report(const char* what, double taken, const char* other_name, double other) {
  std::printf("%-44s %8.2f ms   %6.1f times as fast as %s\n", what, 1e3 * taken, other / taken,
              other_name);
  return taken <= 2.0 * other;
}

bool benchmark_log_mel() {
  constexpr double kClipSeconds = 10.0;
  std::vector<float> waveform(static_cast<std::size_t>(kClipSeconds * kSampleRateHz));
  for (std::size_t index = 0; index < waveform.size(); ++index) {
    waveform[index] = static_cast<float>(index * 7919 % 2003) / 2003.0f - 0.5f;
  }
  const SpectrogramConfig config;
  const double whole = seconds_of([&] { log_mel_spectrogram(waveform, config); });
  const double stream = seconds_of([&] {
    LogMelStream frames(config);
    for (std::size_t first = 0; first < waveform.size(); first += kHopSamples) {
      frames.push(std::span(waveform).subspan(first, kHopSamples));
    }
  });
  // The same work without a fast transform: frames times a Fourier matrix, times the mel weights.
  const at::Tensor frames = at::rand({998, kFrameSamples});
  const at::Tensor fourier = at::rand({kFrameSamples, 514});
  const at::Tensor mel = at::rand({257, config.mel_bins});
  const double products = seconds_of([&] {
    const at::Tensor spectrum = at::matmul(frames, fourier).square();
    at::matmul(spectrum.slice(1, 0, 257).add(spectrum.slice(1, 257)), mel).clamp_min(1e-7).log();
  });
  const bool is_fast =
      report("log-mel, 10 s at once", whole, "the sound plays", kClipSeconds) &
      report("log-mel, 10 s in pieces of 10 ms", stream, "the sound plays", kClipSeconds);
  report("log-mel, 10 s at once", whole, "two matrix products", products);
  return is_fast;
}

bool benchmark_image(int width_px, int height_px) {
  RgbImage image(width_px, height_px);
  for (std::size_t byte = 0; byte < image.pixels.size(); ++byte) {
    image.pixels[byte] = static_cast<std::uint8_t>(byte * 7919 % 251);
  }
  const VisionTowerConfig config;
  const double taken = seconds_of([&] { image_to_pixels(image.view(), config); });
  const std::int64_t side = std::max(width_px, height_px);
  const at::Tensor square = at::rand({1, 3, side, side});
  const std::array<std::int64_t, 2> size = {config.image_size_px, config.image_size_px};
  const double torch =
      seconds_of([&] { at::_upsample_bicubic2d_aa(square, size, /*align_corners=*/false); });
  const std::string what = "picture of " + std::to_string(width_px) + " x " +
                           std::to_string(height_px) + " to 336 x 336";
  return report(what.c_str(), taken, "LibTorch's float resize alone", torch);
}

}  // namespace
}  // namespace dali

int main() {
  const c10::InferenceMode no_gradients;
  bool is_fast = dali::benchmark_log_mel();
  is_fast &= dali::benchmark_image(224, 224);
  is_fast &= dali::benchmark_image(1280, 720);
  is_fast &= dali::benchmark_image(1920, 1080);
  return is_fast ? EXIT_SUCCESS : EXIT_FAILURE;
}
