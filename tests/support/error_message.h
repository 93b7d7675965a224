// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>
#include <string>

#include "tests/support/check_for_cpp.h"

namespace dali {

// What `call` says when it throws an `Error`; fails the test when it throws nothing. Another
// exception goes through and fails the test too.
template <typename Error = std::exception, typename Call>
std::string error_message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ck_abort_msg("no error");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A message that a user can act on: one line that holds `part`.
inline void expect_one_line_with(const std::string& message, const std::string& part) {
  ck_assert_msg(contains(message, part), "'%s' does not hold '%s'", message.c_str(), part.c_str());
  ck_assert_msg(!contains(message, "\n"), "'%s' is not one line", message.c_str());
}

}  // namespace dali
