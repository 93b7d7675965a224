// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/narration.h"

#include <cstdio>

namespace dali {
namespace {

std::string& narrator() {
  static std::string program;  // empty: nobody asked
  return program;
}

}  // namespace

void begin_narration(const std::string& program) {
  narrator() = program;
}

bool is_narrating() {
  return !narrator().empty();
}

void narrate_line(std::string_view line) {
  fmt::print(stderr, "{}: {}\n", narrator(), line);
}

}  // namespace dali
