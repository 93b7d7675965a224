// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace dali {

// The seed of what is drawn for one clip, of those of a whole run: another for every clip, and the
// same wherever the clip stands in a list, whoever sees to it, and on every machine.
std::uint64_t seed_of_clip(std::uint64_t seed, std::string_view clip_id);

}  // namespace dali
