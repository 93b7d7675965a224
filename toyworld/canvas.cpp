// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "toyworld/random.h"

namespace dali {
namespace {

constexpr int kSubRows = 4;        // a row's coverage is the mean of so many exact horizontal cuts
constexpr float kOpaque = 0.999F;  // four exact quarters may sum to a little less than one
constexpr int kEllipseCorners = 24;
constexpr double kOutlineWidth = 0.07;  // in a figure's own coordinates

std::array<std::uint8_t, 3> bytes_of(const Paint& paint) {
  const auto byte = [](double value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
  };
  return {byte(paint.red), byte(paint.green), byte(paint.blue)};
}

// Adds to each pixel of a row how much of it lies in [left, right), weighted.
void cover_span(std::span<float> row, double left, double right, float weight) {
  left = std::max(left, 0.0);
  right = std::min(right, static_cast<double>(row.size()));
  if (left >= right) return;
  const auto first = static_cast<std::size_t>(left);
  const auto last = std::min(static_cast<std::size_t>(right), row.size() - 1);
  if (first == last) {
    row[first] += weight * static_cast<float>(right - left);
    return;
  }
  row[first] += weight * static_cast<float>(static_cast<double>(first + 1) - left);
  for (std::size_t x = first + 1; x < last; ++x) row[x] += weight;
  row[last] += weight * static_cast<float>(right - static_cast<double>(last));
}

}  // namespace

Paint mixed(const Paint& one, const Paint& other, double share_of_other) {
  const double share = 1.0 - share_of_other;
  return {.red = share * one.red + share_of_other * other.red,
          .green = share * one.green + share_of_other * other.green,
          .blue = share * one.blue + share_of_other * other.blue};
}

Canvas::Canvas(int size_px)
    : image_(size_px, size_px), coverage_(static_cast<std::size_t>(size_px)) {}

void Canvas::fill_rows(int first_row, int last_row, const Paint& top, const Paint& bottom) {
  first_row = std::max(first_row, 0);
  last_row = std::min(last_row, size_px());
  for (int row = first_row; row < last_row; ++row) {
    const double depth = (row - first_row) / static_cast<double>(last_row - first_row);
    const Paint paint = mixed(top, bottom, depth);
    const std::array<std::uint8_t, 3> bytes = bytes_of(paint);
    const auto width = static_cast<std::size_t>(size_px());
    std::uint8_t* pixel = image_.pixels.data() + static_cast<std::size_t>(row) * width * 3;
    for (std::size_t x = 0; x < width; ++x) pixel = std::copy(bytes.begin(), bytes.end(), pixel);
  }
}

void Canvas::fill_polygon(std::span<const Point> corners, const Paint& paint) {
  if (corners.size() < 3) return;
  const auto by_height = [](const Point& one, const Point& other) { return one.y < other.y; };
  const auto [top, bottom] = std::minmax_element(corners.begin(), corners.end(), by_height);
  const int first_row = std::max(static_cast<int>(std::floor(top->y)), 0);
  const int last_row = std::min(static_cast<int>(std::ceil(bottom->y)), size_px());
  const auto by_width = [](const Point& one, const Point& other) { return one.x < other.x; };
  const auto [left, right] = std::minmax_element(corners.begin(), corners.end(), by_width);
  const double size = size_px();
  const auto first_column = static_cast<std::size_t>(std::clamp(left->x, 0.0, size));
  const auto last_column = static_cast<std::size_t>(std::clamp(std::ceil(right->x), 0.0, size));
  const std::span<float> row_coverage =
      std::span(coverage_).subspan(0, last_column).subspan(std::min(first_column, last_column));

  const std::array<std::uint8_t, 3> bytes = bytes_of(paint);
  for (int row = first_row; row < last_row; ++row) {
    std::fill(row_coverage.begin(), row_coverage.end(), 0.0F);
    for (int sub_row = 0; sub_row < kSubRows; ++sub_row) {
      const double y = row + (sub_row + 0.5) / kSubRows;
      crossings_.clear();
      Point from = corners.back();
      for (const Point& to : corners) {
        if ((from.y <= y) != (to.y <= y)) {
          crossings_.push_back(from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x));
        }
        from = to;
      }
      std::sort(crossings_.begin(), crossings_.end());
      for (std::size_t pair = 0; pair + 1 < crossings_.size(); pair += 2) {
        cover_span(coverage_, crossings_[pair], crossings_[pair + 1], 1.0F / kSubRows);
      }
    }
    std::uint8_t* pixel = image_.pixels.data() +
                          (static_cast<std::size_t>(row) * coverage_.size() + first_column) * 3;
    for (const float coverage : row_coverage) {
      if (coverage >= kOpaque) {
        std::copy(bytes.begin(), bytes.end(), pixel);
      } else if (coverage > 0.0F) {
        for (std::size_t part = 0; part < bytes.size(); ++part) {
          const float below = pixel[part];
          pixel[part] = static_cast<std::uint8_t>(below + coverage * (bytes[part] - below) + 0.5F);
        }
      }
      pixel += 3;
    }
  }
}

void Canvas::stroke_line(Point from, Point to, double width_px, const Paint& paint) {
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  if (length == 0.0) return;
  const double half = 0.5 * width_px / length;
  const Point along = {.x = (to.x - from.x) * half, .y = (to.y - from.y) * half};
  // Half a width longer at both ends, so that strokes meeting in a corner close it.
  const Point start = {.x = from.x - along.x, .y = from.y - along.y};
  const Point end = {.x = to.x + along.x, .y = to.y + along.y};
  const Point corners[] = {{start.x - along.y, start.y + along.x},
                           {start.x + along.y, start.y - along.x},
                           {end.x + along.y, end.y - along.x},
                           {end.x - along.y, end.y + along.x}};
  fill_polygon(corners, paint);
}

RgbImage Canvas::take_with_noise(double amplitude, std::uint64_t seed) {
  Random random(seed);
  const auto scale = static_cast<int>(amplitude * 2.0);  // a byte of noise, times this, over 256
  std::uint64_t bits = 0;                                // of eight bytes of noise
  for (std::size_t index = 0; index < image_.pixels.size(); ++index) {
    if (index % 8 == 0) bits = random.bits();
    const int noise = (static_cast<int>(bits & 0xff) - 128) * scale / 256;
    bits >>= 8;
    image_.pixels[index] =
        static_cast<std::uint8_t>(std::clamp(image_.pixels[index] + noise, 0, 255));
  }
  return std::exchange(image_, RgbImage());
}

FigurePen::FigurePen(Canvas& canvas, const Pose& pose, const Paint& outline)
    : canvas_(canvas),
      pose_(pose),
      outline_(outline),
      cosine_(std::cos(pose.lean)),
      sine_(std::sin(pose.lean)) {}

Point FigurePen::placed(Point point) const {
  const double x = cosine_ * point.x - sine_ * point.y;
  const double y = sine_ * point.x + cosine_ * point.y;
  return {.x = pose_.centre.x + pose_.half_size * (pose_.is_mirrored ? -x : x),
          .y = pose_.centre.y + pose_.half_size * y};
}

void FigurePen::polygon(std::initializer_list<Point> corners, const Paint& paint) {
  corners_.clear();
  for (const Point& corner : corners) corners_.push_back(placed(corner));
  canvas_.fill_polygon(corners_, paint);
  Point from = corners_.back();
  for (const Point& to : corners_) {
    canvas_.stroke_line(from, to, kOutlineWidth * pose_.half_size, outline_);
    from = to;
  }
}

void FigurePen::box(double left, double top, double right, double bottom, const Paint& paint) {
  polygon({{left, top}, {right, top}, {right, bottom}, {left, bottom}}, paint);
}

void FigurePen::fill_ellipse(double x, double y, double radius_x, double radius_y,
                             const Paint& paint) {
  corners_.clear();
  for (int corner = 0; corner < kEllipseCorners; ++corner) {
    const double angle = 2.0 * std::numbers::pi * corner / kEllipseCorners;
    corners_.push_back(
        placed({.x = x + radius_x * std::cos(angle), .y = y + radius_y * std::sin(angle)}));
  }
  canvas_.fill_polygon(corners_, paint);
}

void FigurePen::ellipse(double x, double y, double radius_x, double radius_y, const Paint& paint) {
  // Two fillings are much cheaper than a stroke for every corner.
  constexpr double kHalf = 0.5 * kOutlineWidth;
  fill_ellipse(x, y, radius_x + kHalf, radius_y + kHalf, outline_);
  fill_ellipse(x, y, std::max(radius_x - kHalf, 0.0), std::max(radius_y - kHalf, 0.0), paint);
}

void FigurePen::disc(double x, double y, double radius, const Paint& paint) {
  ellipse(x, y, radius, radius, paint);
}

void FigurePen::line(double from_x, double from_y, double to_x, double to_y, double width,
                     const Paint& paint) {
  canvas_.stroke_line(placed({.x = from_x, .y = from_y}), placed({.x = to_x, .y = to_y}),
                      width * pose_.half_size, paint);
}

}  // namespace dali
