// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/label_order.h"

#include <algorithm>
#include <sstream>

namespace dali {

std::string in_alphabetical_order(std::string_view label, const std::vector<std::string>& joints) {
  std::vector<std::string> parts(1);
  std::vector<std::string> between;
  std::istringstream words{std::string(label)};
  for (std::string word; words >> word;) {
    if (std::ranges::find(joints, word) != joints.end()) {
      between.push_back(word);
      parts.emplace_back();
      continue;
    }
    if (!parts.back().empty()) parts.back() += ' ';
    parts.back() += word;
  }
  std::ranges::sort(parts);
  std::string ordered = parts.front();
  for (std::size_t i = 0; i < between.size(); ++i) {
    ordered += ' ' + between[i] + ' ' + parts[i + 1];
  }
  return ordered;
}

}  // namespace dali
