// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dali {

// "NAME=MEDIUM" of a command line. Throws std::runtime_error when the name is none.
std::pair<std::string, std::string> parsed_source(const std::string& text);

enum class LiveOutput {
  kCaptions,  // alone
  kMedia      // and the picture and sound, as WebM on descriptor 3
};

struct LiveCaptions {
  std::string model;  // as dalicaptioner takes it
  int window_ms = 5000;
  bool are_of_events = false;  // what starts, in place of each window
};

// The words of a command that captions a live medium, a URI or a pipeline as for gst-launch-1.0,
// and writes a record of each window, and of each event, to its standard output. Throws
// std::runtime_error when the medium is neither.
std::vector<std::string> live_command(const std::string& program, const std::string& medium,
                                      const LiveCaptions& captions, LiveOutput output);

}  // namespace dali
