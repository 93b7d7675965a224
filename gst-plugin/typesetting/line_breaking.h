// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gst-plugin/typesetting/text_segments.h"

namespace dali {

// What fits on the screen at once.
struct PageLimits {
  int columns = 0;     // of a line
  int lines = 0;       // of a page
  int characters = 0;  // of a page, the spaces at its line breaks included
};

// What is shown at once: some of a text's segments, on lines.
struct TextPage {
  std::vector<std::string> lines;
  int characters = 0;      // as PageLimits count them
  std::size_t first = 0;   // of the segments
  std::size_t beyond = 0;  // one after the last
};

// The best pages for the text, of all that keep the limits: the fewest, with the fewest lines, that
// end where a phrase does rather than after "the", with lines of like length. Deterministic. Every
// segment must fit a line and a page by itself.
std::vector<TextPage> break_into_pages(std::span<const TextSegment> text, const PageLimits& limits);

}  // namespace dali
