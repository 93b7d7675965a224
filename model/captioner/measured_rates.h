// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/captioner/arithmetic_choice.h"

namespace dali {

// What this processor does with `threads` threads, and where that was learned: the first time it is
// measured, which takes some tens of milliseconds, and then kept (kept_rates.h) for this processor,
// these versions of LibTorch and oneDNN and this number of threads. A process asks once for each
// number of threads and stays with the answer. Any thread.
struct KnownRates {
  ProductRates rates;
  RatesOrigin origin = RatesOrigin::kKept;
};
KnownRates known_rates(int threads);

}  // namespace dali
