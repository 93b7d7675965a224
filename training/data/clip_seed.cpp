// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_seed.h"

#include <xxhash.h>

#include "model/base/mixed_bits.h"

namespace dali {

std::uint64_t seed_of_clip(std::uint64_t seed, std::string_view clip_id) {
  return mixed_bits(seed ^ mixed_bits(XXH3_64bits(clip_id.data(), clip_id.size())));
}

}  // namespace dali
