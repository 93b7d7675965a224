// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// The threads that each of several media computes with that are captioned at a time: its share of
// the processors that this process may use, but no more than OMP_NUM_THREADS says; at least 1.
int shared_threads(int media_at_a_time);

}  // namespace dali
