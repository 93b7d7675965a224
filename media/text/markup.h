// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// The text as XML, HTML and WebVTT write it between tags: '&', '<' and '>' by their names.
std::string escaped_markup(std::string_view text);

// Valid UTF-8 without the characters that no XML document may hold, however they are written:
// control characters of ASCII but tabs and line breaks, U+FFFE and U+FFFF.
std::string only_xml(std::string_view text);

}  // namespace dali
