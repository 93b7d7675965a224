// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/drawing/svg.h"

#include <fmt/format.h>

#include "media/drawing/png_bytes.h"
#include "media/text/markup.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

std::string hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

std::string placed(const Box& box) {
  return fmt::format(R"(x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}")", box.left, box.top,
                     box.width, box.height);
}

const char* name_of(TextAnchor anchor) {
  switch (anchor) {
    case TextAnchor::kStart:
      return "start";
    case TextAnchor::kMiddle:
      return "middle";
    case TextAnchor::kEnd:
      return "end";
  }
  throw std::logic_error("TextAnchor: no such anchor");
}

// What can be written between tags, whatever it is.
std::string content(std::string_view text) {
  return escaped_markup(only_xml(text));
}

std::string attributes_of(const SvgLook& look) {
  std::string attributes = fmt::format(" class=\"{}\"", look.css_class);
  if (look.opacity < 1.0) attributes += fmt::format(" opacity=\"{:.2f}\"", look.opacity);
  return attributes;
}

std::string title_of(std::string_view title) {
  return title.empty() ? std::string() : "<title>" + content(title) + "</title>";
}

// An element whose content is `inside`, empty or not.
std::string element(const char* name, const std::string& attributes, const std::string& inside) {
  return inside.empty() ? fmt::format("<{} {}/>\n", name, attributes)
                        : fmt::format("<{0} {1}>{2}</{0}>\n", name, attributes, inside);
}

}  // namespace

SvgDrawing::SvgDrawing(double width_px, double height_px, double font_size_px)
    : width_px_(width_px), height_px_(height_px), font_size_px_(font_size_px) {}

void SvgDrawing::set_style(std::string_view css) {
  style_ = content(css);
}

void SvgDrawing::set_title(std::string_view title) {
  title_ = title;
}

void SvgDrawing::add_rectangle(const Box& box, const SvgLook& look) {
  shapes_ += element("rect", placed(box) + attributes_of(look), title_of(look.title));
}

void SvgDrawing::add_line(const Place& from, const Place& to, const SvgLook& look) {
  shapes_ += element("line",
                     fmt::format(R"(x1="{:.2f}" y1="{:.2f}" x2="{:.2f}" y2="{:.2f}")", from.x,
                                 from.y, to.x, to.y) +
                         attributes_of(look),
                     title_of(look.title));
}

void SvgDrawing::add_text(const Place& place, std::string_view text, TextAnchor anchor,
                          const SvgLook& look) {
  if (text.empty()) return;
  shapes_ += element(
      "text",
      fmt::format(R"(x="{:.2f}" y="{:.2f}" text-anchor="{}")", place.x, place.y, name_of(anchor)) +
          attributes_of(look),
      title_of(look.title) + content(text));
}

void SvgDrawing::add_frame(const Box& box) {
  shapes_ += fmt::format("<rect {} fill=\"none\" stroke=\"#808080\"/>\n", placed(box));
}

void SvgDrawing::add_rectangle(const Box& box, Colour fill, double opacity) {
  shapes_ += fmt::format("<rect {} fill=\"{}\" fill-opacity=\"{:.3f}\"/>\n", placed(box), hex(fill),
                         opacity);
}

void SvgDrawing::add_line(std::span<const Place> places, Colour colour, double width_px) {
  if (places.empty()) return;
  std::string points;
  for (const Place& place : places) points += fmt::format("{:.1f},{:.1f} ", place.x, place.y);
  points.pop_back();
  shapes_ +=
      fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" points=\"{}\"/>\n",
                  hex(colour), width_px, points);
}

void SvgDrawing::add_dot(double x, double y, double radius, Colour fill, double opacity) {
  shapes_ += fmt::format(
      "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\" fill=\"{}\" fill-opacity=\"{:.3f}\"/>\n", x,
      y, radius, hex(fill), opacity);
}

void SvgDrawing::add_text(double x, double y, std::string_view text, TextAnchor anchor) {
  shapes_ += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                         name_of(anchor), escaped_markup(text));
}

void SvgDrawing::add_image(const Box& box, const RgbImage& image) {
  shapes_ += fmt::format(
      "<image {} preserveAspectRatio=\"none\" image-rendering=\"pixelated\" "
      "href=\"data:image/png;base64,{}\"/>\n",
      placed(box), base64(png(image)));
}

std::string SvgDrawing::text() const {
  const char* ground = style_.empty() ? "fill=\"white\"" : "class=\"ground\"";
  const std::string style = style_.empty() ? "" : "<style>\n" + style_ + "</style>\n";
  const std::string role = title_.empty() ? "" : " role=\"img\"";
  const std::string title = title_.empty() ? "" : title_of(title_) + "\n";
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"{2:.0f}\"{3}>\n"
      "{4}{5}<rect width=\"100%\" height=\"100%\" {6}/>\n{7}</svg>\n",
      width_px_, height_px_, font_size_px_, role, title, style, ground, shapes_);
}

void SvgDrawing::save(const std::filesystem::path& file) const {
  replace_file(file, text());
}

}  // namespace dali
