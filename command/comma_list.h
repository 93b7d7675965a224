// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace dali {

// "audio,image" -> "audio", "image". Empty parts stay; an empty list is one of them.
std::vector<std::string> parts_of(const std::string& list);

}  // namespace dali
