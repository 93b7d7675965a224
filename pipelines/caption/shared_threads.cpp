// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/shared_threads.h"

#include <algorithm>

#include "model/base/processors.h"

namespace dali {

int shared_threads(int media_at_a_time) {
  const int share = std::max(usable_processors() / media_at_a_time, 1);
  const int asked_for = threads_asked_for();
  return asked_for > 0 ? std::min(share, asked_for) : share;
}

}  // namespace dali
