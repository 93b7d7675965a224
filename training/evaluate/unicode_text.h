// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dali {

// Letter by letter, of any script and independent of the user's locale.
std::u32string in_lower_case(std::u32string_view text);

// The words between white space of any kind. Symbols beyond the basic plane (emoji) are left out,
// as tokenizers of captions do.
std::vector<std::u32string> split_at_space(std::u32string_view text);

}  // namespace dali
