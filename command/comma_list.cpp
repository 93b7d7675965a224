// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/comma_list.h"

#include <algorithm>
#include <cstddef>

namespace dali {

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const auto end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace dali
