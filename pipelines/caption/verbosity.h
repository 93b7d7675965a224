// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// How much of what the program and the elements decide is said on standard error.
enum class Verbosity { kNone, kDecisions, kDetails };

}  // namespace dali
