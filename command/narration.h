// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace dali {

// What a program does while it does it, for whoever asked with --verbose: what it reads and of
// which size, what it computes with, where things go. A line each on standard error, where nothing
// that belongs to the result is.

// From now on; `program` stands before each line. Before there are other threads.
void begin_narration(const std::string& program);

// Any thread.
bool is_narrating();
void narrate_line(std::string_view line);

template <typename... Parts>
void narrate(fmt::format_string<Parts...> format, Parts&&... parts) {
  if (is_narrating()) narrate_line(fmt::format(format, std::forward<Parts>(parts)...));
}

}  // namespace dali
