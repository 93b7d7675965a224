// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// The time, as "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace dali
