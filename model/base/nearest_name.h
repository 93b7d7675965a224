// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dali {

// The candidate with the smallest edit distance (insert, delete, replace) to `name`, the first of
// several equal ones: what an error about an unknown key suggests. Empty without candidates.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

}  // namespace dali
