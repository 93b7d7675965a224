// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "media/clips/clip_list.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/error_message.h"

namespace dali {

inline std::string in_a_row(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "; ";
  return text;
}

// Lines that a test makes of a list's clips.
inline void expect_lines(const std::vector<std::string>& lines,
                         const std::vector<std::string>& expected) {
  ck_assert_msg(lines == expected, "%s", in_a_row(lines).c_str());
}

inline bool has_remark(const ClipList& list, const std::string& words) {
  return std::ranges::any_of(list.remarks,
                             [&](const std::string& remark) { return contains(remark, words); });
}

inline void expect_remark(const ClipList& list, const std::string& words) {
  ck_assert_msg(has_remark(list, words), "'%s' is not in '%s'", words.c_str(),
                in_a_row(list.remarks).c_str());
}

}  // namespace dali
