// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// What every executable that computes says of its key `threads`, with the default 0.
inline constexpr const char* kThreadsHelp =
    "that compute, at least 0; 0: the processors that this process may use, or OMP_NUM_THREADS; "
    "torchrun's processes on a machine share them";

}  // namespace dali
