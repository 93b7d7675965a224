// SPDX-License-Identifier: LGPL-2.1-or-later
// From a picture to what the vision tower takes, as LLaVA does it: padded to a square with the mean
// colour, resized by Pillow's bicubic, scaled to [0, 1] and normalised.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/base/model_config.h"
#include "model/base/rgb_image.h"
#include "model/base/window.h"
#include "model/vision/pillow_resize.h"

namespace dali {

// The configuration's mean colour, rounded down: what padding is made of.
RgbColour padding_colour(const VisionTowerConfig& config);

// The frame in the middle of a square of `padding` (where an odd number of rows or columns is
// missing, one fewer stands before it), resized to side_px * side_px. With side_px equal to the
// frame's longer side the square stays as it is. Throws std::invalid_argument for a frame without
// pixels or with fewer than its size and stride need.
RgbImage square_image(const FrameView& frame, const RgbColour& padding, int side_px);

// image [height, width, 3] -> [3, height, width] float32, (x / 255 - mean) / deviation.
at::Tensor normalised_pixels(const RgbImage& image, const VisionTowerConfig& config);

// frame -> [3, image_size_px, image_size_px] float32: all of the above. Throws as square_image().
at::Tensor image_to_pixels(const FrameView& frame, const VisionTowerConfig& config);

}  // namespace dali
