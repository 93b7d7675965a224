// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/shared_threads.h"

#include <algorithm>
#include <cstdlib>

#include "model/base/processors.h"

namespace dali {
namespace {

// A whole number above 0; else 0.
int number_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? std::max(std::atoi(value), 0) : 0;
}

}  // namespace

int shared_threads(int media_at_a_time) {
  const int share = std::max(usable_processors() / media_at_a_time, 1);
  const int chosen = number_in("OMP_NUM_THREADS");
  // torchrun sets it to 1 where nobody has set it, so among its processes 1 says nothing.
  const bool is_torchruns = chosen == 1 && number_in("LOCAL_WORLD_SIZE") > 1;
  return chosen > 0 && !is_torchruns ? std::min(share, chosen) : share;
}

}  // namespace dali
