// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// The text on one line: white space and control characters of ASCII become single spaces, with none
// at either end. Bytes of other characters stay as they are, UTF-8 or not.
std::string on_one_line(std::string_view text);

// What stands before the first line break: the error itself, where a backtrace follows it.
std::string first_line(std::string_view text);

}  // namespace dali
