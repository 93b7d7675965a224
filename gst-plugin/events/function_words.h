// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace dali {

// English words that tell no source from another. Any thread.

// "the", "several", "loud", "sound", "background": how much, how, and that it is heard.
bool is_function_word(std::string_view folded);

// "and", "while", "with": what follows is another clause.
bool begins_clause(std::string_view folded);

}  // namespace dali
