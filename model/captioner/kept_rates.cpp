// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/kept_rates.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// A home that many machines share, and versions that come and go.
constexpr std::size_t kMostLines = 64;

struct KeptLine {
  std::string machine;
  ProductRates rates;
};

// Takes a number and the space behind it from the beginning of `text`.
std::optional<double> taken_number(std::string_view& text) {
  double number = 0.0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool is_rate = parsed.ec == std::errc() && parsed.ptr != end && *parsed.ptr == ' ' &&
                       std::isfinite(number) && number >= 0.0;
  if (!is_rate) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr + 1 - text.data()));
  return number;
}

// "195.5 370.1 162.0 MACHINE"
std::optional<KeptLine> parsed_line(std::string_view text) {
  KeptLine line;
  for (double* const rate : {&line.rates.float32, &line.rates.bfloat16, &line.rates.widened}) {
    const auto number = taken_number(text);
    if (!number) return std::nullopt;
    *rate = *number;
  }
  // Whatever these are, nobody measured them.
  if (line.rates.float32 == 0.0 || line.rates.widened == 0.0) return std::nullopt;
  line.machine = text;
  return line;
}

std::vector<KeptLine> kept_lines(const fs::path& file) {
  std::vector<KeptLine> lines;
  std::ifstream stream(file);
  for (std::string text; lines.size() < kMostLines && std::getline(stream, text);) {
    if (auto line = parsed_line(text)) lines.push_back(std::move(*line));
  }
  return lines;
}

// The shortest text that is read as the same number.
std::string to_text(double number) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, number);
  return std::string(text, written.ptr);
}

}  // namespace

fs::path rates_file() {
  const auto folder_in = [](const char* variable) {
    const char* const value = std::getenv(variable);
    const fs::path folder = value ? value : "";
    return folder.is_absolute() ? folder : fs::path();  // the specification ignores others
  };
  auto caches = folder_in("XDG_CACHE_HOME");
  if (caches.empty()) {
    if (const auto home = folder_in("HOME"); !home.empty()) caches = home / ".cache";
  }
  return caches.empty() ? fs::path() : caches / "gst-dali" / "product-rates";
}

std::optional<ProductRates> kept_rates(const fs::path& file, const std::string& machine) {
  if (file.empty()) return std::nullopt;
  for (const KeptLine& line : kept_lines(file)) {
    if (line.machine == machine) return line.rates;
  }
  return std::nullopt;
}

bool keep_rates(const fs::path& file, const std::string& machine, const ProductRates& rates) {
  if (file.empty()) return false;
  std::string text;
  const auto add = [&text](const ProductRates& of, const std::string& whose) {
    text += to_text(of.float32) + " " + to_text(of.bfloat16) + " " + to_text(of.widened) + " " +
            whose + "\n";
  };
  add(rates, machine);
  for (const KeptLine& line : kept_lines(file)) {
    if (line.machine != machine) add(line.rates, line.machine);
  }
  try {
    fs::create_directories(file.parent_path());
    replace_file(file, text, Sync::kLater);
  } catch (const std::exception&) {
    return false;
  }
  return kept_rates(file, machine) == rates;
}

}  // namespace dali
