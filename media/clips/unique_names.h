// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dali {

// `text` as a name that every file system takes and JSON holds: slashes and control characters
// become '_', what is not UTF-8 becomes U+FFFD, and what is long is cut. Never empty, never "." or
// "..".
std::string file_name_of(std::string_view text);

// Gives out every name once: those that are asked for again get a number behind, "name-2".
class UniqueNames {
 public:
  std::string unique(const std::string& name);

 private:
  std::map<std::string, int> last_numbers_;  // of the names that were given out
};

}  // namespace dali
