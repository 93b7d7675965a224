// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// A character as the Latin table of EBU Tech 3264 writes it, which is ISO 6937's: one byte, or an
// accent's and its letter's. Empty: it has no such character.
std::string iso6937_character(char32_t code_point);

}  // namespace dali
