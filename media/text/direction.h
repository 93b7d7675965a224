// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace dali {

// Whether the text, which is UTF-8, is read from the right, as Arabic and Hebrew are: its first
// letter with a direction says so, by Unicode's rules (UAX 9, P2 and P3).
bool is_right_to_left(std::string_view text);

}  // namespace dali
