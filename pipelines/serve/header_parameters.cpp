// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/header_parameters.h"

#include <algorithm>
#include <cstddef>

namespace dali {
namespace {

// At a quotation mark. Moves `at` behind the closing one. A backslash in front of anything but a
// quotation mark or a backslash is itself: browsers send C:\clip.mp4 like that.
std::string quoted_string(std::string_view text, std::size_t& at) {
  std::string value;
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    const bool is_escape =
        text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (is_escape) ++at;
    value += text[at];
  }
  if (at < text.size()) ++at;
  return value;
}

}  // namespace

std::string in_small_letters(std::string_view ascii) {
  std::string small(ascii);
  std::transform(small.begin(), small.end(), small.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return small;
}

std::string_view without_spaces_around(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

HeaderValue parsed_header_value(std::string_view text) {
  HeaderValue parsed;
  std::size_t at = std::min(text.find(';'), text.size());
  parsed.value = in_small_letters(without_spaces_around(text.substr(0, at)));
  while (at < text.size()) {
    ++at;  // the semicolon
    const std::size_t name_end = text.find_first_of("=;", at);
    if (name_end == std::string_view::npos) break;
    const std::string name =
        in_small_letters(without_spaces_around(text.substr(at, name_end - at)));
    at = name_end;
    if (text[at] == ';') continue;
    at = std::min(text.find_first_not_of(" \t", at + 1), text.size());
    std::string value;
    if (at < text.size() && text[at] == '"') {
      value = quoted_string(text, at);
      at = std::min(text.find(';', at), text.size());
    } else {
      const std::size_t end = std::min(text.find(';', at), text.size());
      value = without_spaces_around(text.substr(at, end - at));
      at = end;
    }
    if (!name.empty()) parsed.parameters.try_emplace(name, std::move(value));
  }
  return parsed;
}

}  // namespace dali
