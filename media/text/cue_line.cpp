// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/cue_line.h"

#include "media/text/utf8.h"
#include "model/base/one_line.h"

namespace dali {

std::string cue_line(std::string_view text) {
  std::string line = on_one_line(only_utf8(text));
  // A long arrow still is one after its first dash has gone.
  for (std::size_t arrow = line.find("-->"); arrow != std::string::npos; arrow = line.find("-->")) {
    line.erase(arrow, 1);
  }
  return line;
}

}  // namespace dali
