// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "model/base/rgb_image.h"

namespace dali {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

// A colour of light, each part in [0, 255].
struct Paint {
  double red = 0.0;
  double green = 0.0;
  double blue = 0.0;
};

Paint mixed(const Paint& one, const Paint& other, double share_of_other);

// A square picture that polygons are drawn on, with antialiased edges. Coordinates are in pixels
// from the upper left corner; what lies outside is cut off.
class Canvas {
 public:
  explicit Canvas(int size_px);

  int size_px() const { return image_.width_px; }

  // From `top` at the upper edge of the rows [first_row, last_row) to `bottom` at the lower.
  void fill_rows(int first_row, int last_row, const Paint& top, const Paint& bottom);

  // Even-odd filling; the polygon closes itself.
  void fill_polygon(std::span<const Point> corners, const Paint& paint);

  void stroke_line(Point from, Point to, double width_px, const Paint& paint);

  // The picture with noise added to every pixel: uniform in +-amplitude, a function of the seed.
  // Leaves the canvas empty.
  RgbImage take_with_noise(double amplitude, std::uint64_t seed);

 private:
  RgbImage image_;
  std::vector<float> coverage_;    // [width]: how much of each pixel of a row is inside
  std::vector<double> crossings_;  // where edges cross a sub-row
};

// Draws one thing in its own coordinates: [-1, 1] in both directions, y downwards, mirrored and
// scaled into its place. Closed shapes get an outline, so that they stand out from any place.
class FigurePen {
 public:
  struct Pose {
    Point centre;            // pixels
    double half_size = 1.0;  // pixels from the centre to +-1
    double lean = 0.0;       // radians, clockwise
    bool is_mirrored = false;
  };

  FigurePen(Canvas& canvas, const Pose& pose, const Paint& outline);

  void polygon(std::initializer_list<Point> corners, const Paint& paint);
  void box(double left, double top, double right, double bottom, const Paint& paint);
  void ellipse(double x, double y, double radius_x, double radius_y, const Paint& paint);
  void disc(double x, double y, double radius, const Paint& paint);
  void line(double from_x, double from_y, double to_x, double to_y, double width,
            const Paint& paint);  // no outline

  const Paint& outline() const { return outline_; }

 private:
  Point placed(Point point) const;
  void fill_ellipse(double x, double y, double radius_x, double radius_y, const Paint& paint);

  Canvas& canvas_;
  Pose pose_;
  Paint outline_;
  double cosine_;
  double sine_;
  std::vector<Point> corners_;  // of the shape being drawn, in pixels
};

}  // namespace dali
