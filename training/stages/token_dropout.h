// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "toyworld/random.h"

namespace dali {

// How many of `count` tokens, at least 1, are left when the share `dropout` of them, 0 or more and
// below 1, is not shown: count - round(dropout * count), but one at least.
std::int64_t shown_token_count(std::int64_t count, double dropout);

// Which: as many of 0 .. count - 1, in ascending order, any choice as likely as any other.
std::vector<std::int64_t> draw_shown_tokens(std::int64_t count, double dropout, Random& random);

}  // namespace dali
