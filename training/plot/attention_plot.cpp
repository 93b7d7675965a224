// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/plot/attention_plot.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dali {
namespace {

constexpr double kHeight = 320.0;  // of either picture
constexpr double kMargin = 20.0;
constexpr double kHeadHeight = 40.0;
constexpr double kFootHeight = 36.0;
constexpr Colour kWeightColour = {.red = 0xff, .green = 0xe0, .blue = 0x30};

// values [height, width, 3], 0 to 1.
RgbImage to_image(const torch::Tensor& values) {
  const auto bytes = (values.clamp(0, 1) * 255).round().to(at::kCPU, at::kByte).contiguous();
  RgbImage image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)));
  std::memcpy(image.pixels.data(), bytes.data_ptr<std::uint8_t>(), image.pixels.size());
  return image;
}

// The picture as it was before it was normalised.
RgbImage picture_of(const torch::Tensor& pixels, const VisionTowerConfig& config) {
  const auto mean = at::tensor(at::ArrayRef<double>(config.mean)).view({3, 1, 1});
  const auto deviation = at::tensor(at::ArrayRef<double>(config.deviation)).view({3, 1, 1});
  return to_image((pixels * deviation + mean).permute({1, 2, 0}));
}

// Time to the right, low frequencies below; darker is quieter.
RgbImage picture_of_spectrogram(const torch::Tensor& spectrogram) {
  const auto least = spectrogram.min();
  const auto range = (spectrogram.max() - least).clamp_min(1e-12);
  const auto grey = ((spectrogram - least) / range).t().flip({0});  // [mel_bins, frames]
  return to_image(grey.unsqueeze(2).expand({-1, -1, 3}) * at::tensor({0.75, 0.8, 1.0}));
}

// weights [rows, columns], the first row on top.
void add_weights(SvgDrawing& drawing, const Box& box, const torch::Tensor& weights,
                 const std::string& title) {
  const auto rows = weights.size(0);
  const auto columns = weights.size(1);
  const double least = weights.min().item<double>();
  const double greatest = weights.max().item<double>();
  const double range = std::max(greatest - least, 1e-12);
  Box cell{.width = box.width / static_cast<double>(columns),
           .height = box.height / static_cast<double>(rows)};
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      constexpr double kDensest = 0.75;
      cell.left = box.left + static_cast<double>(column) * cell.width;
      cell.top = box.top + static_cast<double>(row) * cell.height;
      const double weight = weights[row][column].item<double>();
      drawing.add_rectangle(cell, kWeightColour, kDensest * (weight - least) / range);
    }
  }
  drawing.add_frame(box);
  drawing.add_text(box.left, box.top - 10.0, title);
  const auto tokens = static_cast<double>(rows * columns);
  drawing.add_text(
      box.left, box.top + box.height + 20.0,
      fmt::format("{:.3f} to {:.3f} of an equal share", least * tokens, greatest * tokens));
}

}  // namespace

SvgDrawing attention_plot(const ModelConfig& config, const torch::Tensor& pixels,
                          const torch::Tensor& spectrogram,
                          const AttentiveTransport::Weights& weights) {
  const auto image_side = config.vision_tower.image_size_px / config.vision_tower.patch_size_px;
  const auto audio_rows = config.spectrogram.mel_bins / config.audio_tower.patch_size;
  const auto audio_columns = config.spectrogram.frames / config.audio_tower.patch_size;
  TORCH_CHECK(weights.image.numel() == image_side * image_side &&
                  weights.audio.numel() == audio_rows * audio_columns,
              "attention_plot wants weights of one clip's tokens, got ", weights.image.sizes(),
              " and ", weights.audio.sizes());
  const double spectrogram_width =
      std::min(3.0 * kHeight, kHeight * config.spectrogram.frames / config.spectrogram.mel_bins);
  const Box picture{.left = kMargin, .top = kHeadHeight, .width = kHeight, .height = kHeight};
  const Box sound{.left = 2 * kMargin + kHeight,
                  .top = kHeadHeight,
                  .width = spectrogram_width,
                  .height = kHeight};
  SvgDrawing drawing(sound.left + sound.width + kMargin, kHeadHeight + kHeight + kFootHeight);
  drawing.add_image(picture, picture_of(pixels, config.vision_tower));
  add_weights(drawing, picture, weights.image.detach().view({image_side, image_side}),
              "weights of the picture's tokens");
  drawing.add_image(sound, picture_of_spectrogram(spectrogram));
  // Tokens of sound count from the lowest frequencies, which the drawing has below.
  add_weights(drawing, sound, weights.audio.detach().view({audio_rows, audio_columns}).flip({0}),
              "weights of the sound's tokens");
  return drawing;
}

}  // namespace dali
