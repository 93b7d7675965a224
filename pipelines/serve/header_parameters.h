// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dali {

// A header's value of the form `form-data; name="file"; filename="a.mp4"`.
struct HeaderValue {
  std::string value;                              // in small letters
  std::map<std::string, std::string> parameters;  // names in small letters; the first of a name
};

// What cannot be read as a parameter is left out: nothing throws.
HeaderValue parsed_header_value(std::string_view text);

std::string in_small_letters(std::string_view ascii);
std::string_view without_spaces_around(std::string_view text);

}  // namespace dali
