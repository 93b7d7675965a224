// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/unique_names.h"

#include <cstddef>

#include "media/text/utf8.h"

namespace dali {
namespace {

// With a number and an extension behind, a name must stay below the 255 bytes of most file systems.
constexpr std::size_t kLongestName = 150;

}  // namespace

std::string file_name_of(std::string_view text) {
  std::string name = to_utf8(from_utf8(text));
  for (char& character : name) {
    const auto code = static_cast<unsigned char>(character);
    if (character == '/' || code < 0x20 || code == 0x7F) character = '_';
  }
  if (name.size() > kLongestName) {
    std::size_t end = 0;
    for (std::size_t at = 0; at <= kLongestName; next_code_point(name, at)) end = at;
    name.resize(end);
  }
  return name.empty() || name == "." || name == ".." ? "_" + name : name;
}

std::string UniqueNames::unique(const std::string& name) {
  const auto [place, is_new] = last_numbers_.emplace(name, 1);
  if (is_new) return name;
  for (;;) {
    std::string numbered = name + "-" + std::to_string(++place->second);
    if (last_numbers_.emplace(numbered, 1).second) return numbered;
  }
}

}  // namespace dali
