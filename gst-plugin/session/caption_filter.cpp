#include "gst-plugin/session/caption_filter.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dali {
namespace {

constexpr float kSilentPeak = 0.001F;  // -60 dB of full scale

// The length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none:
// Unicode's table 3-7, which leaves out surrogates and overlong forms.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint8_t lowest = 0x80;
  std::uint8_t highest = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  if (first == 0xE0) lowest = 0xA0;
  if (first == 0xED) highest = 0x9F;
  if (first == 0xF0) lowest = 0x90;
  if (first == 0xF4) highest = 0x8F;
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t index = 2; index < length; ++index) {
    if (byte(index) < 0x80 || byte(index) > 0xBF) return 0;
  }
  return length;
}

bool is_space_or_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte <= 0x20 || byte == 0x7F;
}

}  // namespace

bool CaptionFilter::is_worth_describing(const SampledWindow& window) const {
  if (window.samples.empty() || window.request.modality == Modality::kImage) return true;
  // A sample that is not finite is not silence: the engine names it.
  return std::any_of(window.samples.begin(), window.samples.end(),
                     [](float sample) { return !(std::abs(sample) < kSilentPeak); });
}

std::optional<std::string> CaptionFilter::shown_text(const Caption& caption) const {
  std::string text = single_line(caption.text);
  if (text.empty()) return std::nullopt;
  return text;
}

std::string single_line(std::string_view text) {
  std::string line;
  bool is_space_due = false;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      text.remove_prefix(1);
      continue;
    }
    if (length == 1 && is_space_or_control(text.front())) {
      is_space_due = !line.empty();
    } else {
      if (is_space_due) line += ' ';
      is_space_due = false;
      line += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  for (std::size_t arrow = line.find("-->"); arrow != std::string::npos; arrow = line.find("-->")) {
    line.erase(arrow, 1);
  }
  return line;
}

}  // namespace dali
