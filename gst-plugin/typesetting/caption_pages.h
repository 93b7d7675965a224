// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/typesetting/text_segments.h"

namespace dali {

// What a screen of closed captions shows at once: its lines, in UTF-8.
using CaptionPage = std::vector<std::string>;

// The lines that a text comes on, apart by '\n', without those that are empty.
std::vector<std::string> lines_of(std::string_view text);

// The lines as they are if they fit, and no more than `most_rows`; else set anew, on pages of two
// lines. A word that no line holds goes on in the next.
std::vector<CaptionPage> pages_of(const std::vector<std::string>& lines, int columns,
                                  std::size_t most_rows, TextSegmenter& segmenter);

struct TimedPage {
  CaptionPage lines;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

// The pages one after the other: they share their caption's time by their length.
std::vector<TimedPage> in_turn(std::vector<CaptionPage> pages, std::int64_t start_ns,
                               std::int64_t end_ns);

// Lines apart by '\n'.
std::string joined(const CaptionPage& page);

}  // namespace dali
