// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

// A place and a size in the drawing, pixels from its upper left corner.
struct Box {
  double left = 0.0;
  double top = 0.0;
  double width = 0.0;
  double height = 0.0;
};

struct Place {
  double x = 0.0;
  double y = 0.0;
};

// Where a text's place lies in it.
enum class TextAnchor { kStart, kMiddle, kEnd };

// What a shape looks like by the rules that set_style() brings, instead of by a colour.
struct SvgLook {
  std::string_view css_class;
  double opacity = 1.0;
  std::string_view title = {};  // what it is, for whoever points at it or listens; empty: nothing
};

// A picture made of shapes, which scales without loss and opens in any browser. Later shapes cover
// earlier ones.
class SvgDrawing {
 public:
  SvgDrawing(double width_px, double height_px, double font_size_px = 13.0);

  // Rules of CSS for the classes of what has a SvgLook, "ground" being what all else lies on: so
  // colours follow the reader's choice of light or dark. Without, the ground is white.
  void set_style(std::string_view css);
  // What the picture is of, for whoever does not see it.
  void set_title(std::string_view title);

  void add_frame(const Box& box);
  void add_rectangle(const Box& box, const SvgLook& look);
  void add_line(const Place& from, const Place& to, const SvgLook& look);
  // Nothing without a text.
  void add_text(const Place& place, std::string_view text, TextAnchor anchor, const SvgLook& look);
  void add_rectangle(const Box& box, Colour fill, double opacity);
  // From place to place; nothing without one.
  void add_line(std::span<const Place> places, Colour colour, double width_px);
  void add_dot(double x, double y, double radius, Colour fill, double opacity);
  void add_text(double x, double y, std::string_view text, TextAnchor anchor = TextAnchor::kStart);

  // The image lies in the file itself; each of its pixels keeps sharp edges.
  void add_image(const Box& box, const RgbImage& image);

  std::string text() const;

  // Throws std::runtime_error naming the file.
  void save(const std::filesystem::path& file) const;

 private:
  double width_px_;
  double height_px_;
  double font_size_px_;
  std::string style_;
  std::string title_;
  std::string shapes_;
};

}  // namespace dali
