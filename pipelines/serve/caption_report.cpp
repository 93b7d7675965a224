// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/caption_report.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>

namespace dali {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::string_view kComplainer = "dali-caption: ";

// The number that begins at `at`; 0 where there is none.
double number_at(std::string_view line, std::size_t at) {
  return std::strtod(std::string(line.substr(at, 40)).c_str(), nullptr);
}

}  // namespace

void CaptionReport::push(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\n' || byte == '\r') {
      finish();
    } else if (line_.size() < kLongestLine) {
      line_ += byte;
    }
  }
}

void CaptionReport::finish() {
  if (!line_.empty()) take(line_);
  line_.clear();
}

void CaptionReport::take(std::string_view line) {
  if (line.starts_with(kComplainer)) {
    if (complaints_.size() == kMostComplaints) complaints_.pop_back();
    complaints_.emplace_back(line.substr(kComplainer.size()));
    return;
  }
  // "NAME: windows described: 6, tokens: 60"
  constexpr std::string_view kWindows = ": windows described: ";
  if (const std::size_t at = line.find(kWindows); at != std::string_view::npos) {
    figures_["windows"] = number_at(line, at + kWindows.size());
    constexpr std::string_view kTokens = ", tokens: ";
    const std::size_t tokens = line.find(kTokens, at);
    if (tokens != std::string_view::npos) {
      figures_["tokens"] = number_at(line, tokens + kTokens.size());
    }
    return;
  }
  if (line.starts_with("  ")) {
    take_timing(line.substr(2));
    return;
  }
  // "NAME: 0:20 of 1:00, 33 %, 0:08 left"
  const std::size_t percent = line.rfind(" %");
  const std::size_t comma = line.rfind(", ", percent);
  if (percent == std::string_view::npos || comma == std::string_view::npos) return;
  fraction_ = std::clamp(number_at(line, comma + 2) / 100.0, fraction_, 1.0);
}

// "audio tower         0.00872 s a window"
void CaptionReport::take_timing(std::string_view line) {
  const std::size_t unit = line.find(" s");
  const std::size_t name_end = line.find("  ");
  if (unit == std::string_view::npos || name_end == std::string_view::npos || name_end > unit)
    return;
  const std::size_t digits = line.find_first_not_of(' ', name_end);
  if (std::isdigit(static_cast<unsigned char>(line[digits])) == 0) return;
  const std::string_view times = line.substr(unit + 2);
  const double windows = figures_["windows"];
  double seconds = number_at(line, digits);
  if (times == " a window") seconds *= windows;
  if (times == " a token") seconds *= std::max(figures_["tokens"] - windows, 0.0);
  std::string name(line.substr(0, name_end));
  std::replace(name.begin(), name.end(), ' ', '_');
  figures_[name] = seconds;
}

}  // namespace dali
