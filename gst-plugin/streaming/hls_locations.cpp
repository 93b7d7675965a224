// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_locations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// So that no number that stands in a folder by chance overflows.
constexpr std::size_t kMostDigits = 18;

[[noreturn]] void refuse(const std::string& pattern) {
  throw std::runtime_error(
      in_quotes(pattern) +
      " is no name for segments: it needs one place for their number, as %05d");
}

// "%%" stands for "%".
std::string plain(const std::string& pattern, std::string_view part) {
  std::string text;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '%' && (++at == part.size() || part[at] != '%')) refuse(pattern);
    text += part[at];
  }
  return text;
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

}  // namespace

NumberedFiles::NumberedFiles(const std::string& pattern) {
  std::size_t at = 0;
  while (at < pattern.size() && (pattern[at] != '%' || pattern.compare(at, 2, "%%") == 0)) {
    at += pattern[at] == '%' ? 2 : 1;
  }
  std::size_t end = at + 1;
  while (end < pattern.size() && is_digit(pattern[end])) ++end;
  const bool is_number =
      end < pattern.size() && std::string_view("diu").find(pattern[end]) != std::string_view::npos;
  if (!is_number || end - at > 3) refuse(pattern);
  has_zeros_ = end > at + 1 && pattern[at + 1] == '0';
  if (end > at + 1) std::from_chars(pattern.data() + at + 1, pattern.data() + end, width_);
  before_ = plain(pattern, std::string_view(pattern).substr(0, at));
  after_ = plain(pattern, std::string_view(pattern).substr(end + 1));
}

fs::path NumberedFiles::path(std::uint64_t number) const {
  const std::string digits =
      has_zeros_ ? fmt::format("{:0{}}", number, width_) : fmt::format("{:{}}", number, width_);
  return before_ + digits + after_;
}

std::vector<std::uint64_t> NumberedFiles::existing() const {
  // A number in the name of a folder: none of ours, then.
  const fs::path sample = path(0);
  const fs::path folder = sample.has_parent_path() ? sample.parent_path() : fs::path(".");
  const std::string beginning = fs::path(before_).filename().string();
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (!name.starts_with(beginning)) continue;
    const auto first = name.find_first_not_of(' ', beginning.size());
    if (first == std::string::npos) continue;
    std::size_t last = first;
    while (last < name.size() && is_digit(name[last])) ++last;
    if (last == first || last - first > kMostDigits) continue;
    const std::uint64_t number = std::stoull(name.substr(first, last - first));
    if (path(number).filename() == name) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string address_from(const fs::path& playlist, const fs::path& file) {
  const fs::path folder = fs::absolute(playlist).lexically_normal().parent_path();
  const std::string relative =
      fs::absolute(file).lexically_normal().lexically_relative(folder).generic_string();
  std::string address;
  for (const char letter : relative) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                          std::string_view("-._~/").find(letter) != std::string_view::npos;
    address += is_plain && static_cast<unsigned char>(letter) < 0x80
                   ? std::string(1, letter)
                   : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return address;
}

}  // namespace dali
