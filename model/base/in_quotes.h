// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// `text` from a file or a peer, in single quotes and fit for a one-line message: control characters
// and bytes that are not ASCII become \xNN, and what is longer than 100 bytes is cut.
std::string in_quotes(std::string_view text);

}  // namespace dali
