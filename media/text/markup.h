// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// The text as XML, HTML and WebVTT write it between tags: '&', '<' and '>' by their names.
std::string escaped_markup(std::string_view text);

}  // namespace dali
