// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

namespace dali {

// Calls work(0) ... work(count - 1), each once, on `threads` threads that take the next number when
// they are free. Returns when all are done. After the first exception no new number is taken, and
// that exception is thrown.
void in_parallel(int count, int threads, const std::function<void(int index)>& work);

}  // namespace dali
