// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/caption_pages.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "gst-plugin/typesetting/line_breaking.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

// Of a page whose lines are set anew, which follows the guidelines for subtitles.
constexpr int kPageLines = 2;

std::size_t length_of(const CaptionPage& page) {
  return std::accumulate(
      page.begin(), page.end(), std::size_t{0},
      [](std::size_t sum, const std::string& line) { return sum + code_point_count(line); });
}

std::vector<TextSegment> divided(std::vector<TextSegment> words, int columns,
                                 TextSegmenter& segmenter) {
  std::vector<TextSegment> all;
  for (TextSegment& word : words) {
    if (word.extent.columns <= columns) {
      all.push_back(std::move(word));
      continue;
    }
    for (TextSegment& piece : segmenter.pieces(word.text, columns)) all.push_back(std::move(piece));
    all.back().has_space_after = word.has_space_after;
  }
  return all;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = collapsed(text.substr(0, end));
    if (!line.empty()) lines.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<CaptionPage> pages_of(const std::vector<std::string>& lines, int columns,
                                  std::size_t most_rows, TextSegmenter& segmenter) {
  if (lines.empty()) return {};
  std::string all;
  bool fits = lines.size() <= most_rows;
  for (const std::string& line : lines) {
    fits = fits && segmenter.extent(line).columns <= columns;
    all += (all.empty() ? "" : " ") + line;
  }
  if (fits) return {lines};
  const PageLimits limits{
      .columns = columns, .lines = kPageLines, .characters = kPageLines * (columns + 1)};
  std::vector<CaptionPage> pages;
  for (TextPage& page :
       break_into_pages(divided(segmenter.segments(all), columns, segmenter), limits)) {
    pages.push_back(std::move(page.lines));
  }
  return pages;
}

std::vector<TimedPage> in_turn(std::vector<CaptionPage> pages, std::int64_t start_ns,
                               std::int64_t end_ns) {
  std::size_t characters = 0;
  for (const CaptionPage& page : pages) characters += length_of(page);
  const auto time_ns = static_cast<double>(end_ns - start_ns);
  std::size_t before = 0;
  std::int64_t page_start_ns = start_ns;
  std::vector<TimedPage> timed;
  for (CaptionPage& page : pages) {
    before += length_of(page);
    const double share = static_cast<double>(before) / static_cast<double>(characters);
    const std::int64_t page_end_ns = start_ns + static_cast<std::int64_t>(share * time_ns);
    timed.push_back({std::move(page), page_start_ns, page_end_ns});
    page_start_ns = page_end_ns;
  }
  return timed;
}

std::string joined(const CaptionPage& page) {
  std::string text;
  for (const std::string& line : page) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace dali
