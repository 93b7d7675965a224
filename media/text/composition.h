// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace dali {

// The same text with each letter and its marks as one code point where there is one, by Unicode's
// rules (NFC), or apart (NFD). `text` is valid UTF-8. Both throw std::runtime_error when ICU has no
// rules.
std::string composed(std::string_view text);
std::string decomposed(std::string_view text);

}  // namespace dali
