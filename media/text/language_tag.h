// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// The language as BCP 47 names it, by the shortest code that there is: "de" for "deu" and "ger".
// `code` is one of ISO 639, of two letters or three; of what is none comes "und", undetermined.
std::string language_tag(const std::string& code);

}  // namespace dali
