// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/text_shaper.h"

#include <algorithm>
#include <limits>
#include <span>

#include "gst-plugin/typesetting/caption_pages.h"

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr const char* kEllipsis = "…";

std::int64_t longest_duration(const ShapeSettings& settings) {
  return std::max(settings.min_duration_ns, settings.max_duration_ns);
}

std::int64_t gap_between_pages(const ShapeSettings& settings) {
  return settings.may_follow_at_once ? 0 : settings.min_gap_ns;
}

PageLimits page_limits(const ShapeSettings& settings) {
  const std::int64_t readable =
      longest_duration(settings) * settings.characters_per_second / kSecondNs;
  return {.columns = settings.columns,
          .lines = settings.lines,
          .characters =
              static_cast<int>(std::min<std::int64_t>(readable, std::numeric_limits<int>::max()))};
}

std::int64_t reading_time(const TextPage& page, const ShapeSettings& settings) {
  const std::int64_t time_ns = (page.characters * kSecondNs + settings.characters_per_second - 1) /
                               settings.characters_per_second;
  return std::max(time_ns, settings.min_duration_ns);
}

// Of all pages and the gaps between them.
std::int64_t reading_time(std::span<const TextPage> pages, const ShapeSettings& settings) {
  std::int64_t total_ns = 0;
  for (const TextPage& page : pages) {
    total_ns += reading_time(page, settings) + gap_between_pages(settings);
  }
  return pages.empty() ? 0 : total_ns - gap_between_pages(settings);
}

bool is_bracketed(const std::string& text) {
  return text.size() > 1 && ((text.front() == '[' && text.back() == ']') ||
                             (text.front() == '(' && text.back() == ')'));
}

// What is styled is a label: it has no brackets of its own and no full stop.
std::string styled(std::string text, LabelStyle style) {
  if (style == LabelStyle::kPlain) return text;
  if (is_bracketed(text)) text = collapsed(text.substr(1, text.size() - 2));
  if (text.ends_with('.') && !text.ends_with("..")) text.pop_back();
  if (text.empty()) return text;
  if (style == LabelStyle::kCaps) return in_capitals(text);
  return '[' + with_small_first_letter(text) + ']';
}

// With a label behind it, within its brackets and without a full stop between the two.
std::string labelled(std::string text, std::string_view label) {
  if (label.empty() || text.empty()) return text;
  std::string closing;
  if (is_bracketed(text)) {
    closing = text.back();
    text.pop_back();
  }
  if (text.ends_with('.') && !text.ends_with("..")) text.pop_back();
  return text + ' ' + collapsed(label) + closing;
}

void append_word(std::string& words, std::string_view word) {
  if (!words.empty() && !word.empty()) words += ' ';
  words += word;
}

std::string joined(std::span<const TextSegment> segments) {
  std::string text;
  for (const TextSegment& segment : segments) {
    text += segment.text;
    if (segment.has_space_after) text += ' ';
  }
  return text;
}

// The pages' times from `begin_ns` on: each its reading time and, of what is left until `end_ns`, a
// share by its length.
std::vector<TimedText> timed(const std::vector<TextPage>& pages, std::int64_t begin_ns,
                             std::int64_t end_ns, const ShapeSettings& settings) {
  std::int64_t characters = 0;
  for (const TextPage& page : pages) characters += page.characters;
  const std::int64_t spare_ns =
      std::max<std::int64_t>(0, end_ns - begin_ns - reading_time(pages, settings));
  std::vector<TimedText> shown;
  std::int64_t at_ns = begin_ns;
  for (const TextPage& page : pages) {
    const double share = static_cast<double>(page.characters) / static_cast<double>(characters);
    const auto extra_ns = static_cast<std::int64_t>(share * static_cast<double>(spare_ns));
    const std::int64_t duration_ns =
        std::min(reading_time(page, settings) + extra_ns, longest_duration(settings));
    shown.push_back({at_ns, at_ns + duration_ns, dali::joined(page.lines)});
    at_ns += duration_ns + gap_between_pages(settings);
  }
  return shown;
}

}  // namespace

ShapedText TextShaper::shape(std::string_view caption, std::int64_t start_ns,
                             std::optional<std::int64_t> end_ns, const ShapeSettings& settings,
                             std::string_view label) {
  ShapedText result;
  const std::string text = styled(labelled(collapsed(caption), label), settings.label_style);
  if (text.empty()) return result;

  const bool is_bracketed = settings.label_style == LabelStyle::kBrackets;
  const std::string closing = is_bracketed ? "]" : "";
  const PageLimits limits = page_limits(settings);
  const std::vector<TextSegment> segments = fitting_segments(text, limits, closing, result.lost);
  const std::int64_t begin_ns = first_moment(text, start_ns, settings);
  const std::int64_t available_ns = end_ns ? *end_ns + settings.max_delay_ns - begin_ns
                                           : std::numeric_limits<std::int64_t>::max();
  const std::vector<TextPage> pages =
      pages_in_time(segments, limits, closing, available_ns, settings, result.lost);
  if (pages.empty()) {
    result.lost = text;
    return result;
  }
  result.shown = timed(pages, begin_ns, end_ns.value_or(begin_ns), settings);
  shown_until_ns_ = result.shown.back().end_ns;
  shown_text_ = text;
  return result;
}

// The text's segments, those that no line or page can hold cut to what one can.
std::vector<TextSegment> TextShaper::fitting_segments(std::string_view text,
                                                      const PageLimits& limits,
                                                      const std::string& closing,
                                                      std::string& lost) {
  std::vector<TextSegment> segments = segmenter_.segments(text);
  for (TextSegment& segment : segments) {
    const bool fits =
        segment.extent.columns <= limits.columns && segment.extent.characters <= limits.characters;
    if (fits) continue;
    std::string end = kEllipsis;
    std::string_view word = segment.text;
    if (&segment == &segments.back()) {
      end += closing;
      word.remove_suffix(closing.size());
    }
    const TextExtent end_extent = segmenter_.extent(end);
    const std::string kept =
        segmenter_.prefix(word, {.columns = limits.columns - end_extent.columns,
                                 .characters = limits.characters - end_extent.characters});
    append_word(lost, word.substr(kept.size()));
    segment.text = kept + end;
    segment.extent = segmenter_.extent(segment.text);
  }
  return segments;
}

// When what is due at `start_ns` may be shown without crowding what is shown before it.
std::int64_t TextShaper::first_moment(const std::string& text, std::int64_t start_ns,
                                      const ShapeSettings& settings) const {
  if (!shown_until_ns_) return start_ns;
  const std::int64_t until_ns = *shown_until_ns_;
  const bool may_follow = settings.may_follow_at_once || text == shown_text_;
  if (may_follow && start_ns <= until_ns) return until_ns;
  return std::max(start_ns, until_ns + settings.min_gap_ns);
}

// The pages of as much of the text as can be read in the time; none when there is too little of it.
std::vector<TextPage> TextShaper::pages_in_time(const std::vector<TextSegment>& segments,
                                                const PageLimits& limits,
                                                const std::string& closing,
                                                std::int64_t available_ns,
                                                const ShapeSettings& settings, std::string& lost) {
  std::vector<TextPage> pages = break_into_pages(segments, limits);
  if (reading_time(pages, settings) <= available_ns) return pages;

  // More words take more time, so the last count that fits is found by halving.
  std::size_t fitting = 0;
  std::size_t too_many = segments.size();
  pages.clear();
  while (too_many - fitting > 1) {
    const std::size_t count = fitting + (too_many - fitting) / 2;
    std::vector<TextSegment> kept(segments.begin(),
                                  segments.begin() + static_cast<std::ptrdiff_t>(count));
    TextSegment& last = kept.back();
    while (last.text.ends_with(',') || last.text.ends_with(';')) last.text.pop_back();
    last.text += kEllipsis + closing;
    last.extent = segmenter_.extent(last.text);
    last.has_space_after = false;
    const bool fits_a_line =
        last.extent.columns <= limits.columns && last.extent.characters <= limits.characters;
    std::vector<TextPage> tried =
        fits_a_line ? break_into_pages(kept, limits) : std::vector<TextPage>();
    if (fits_a_line && reading_time(tried, settings) <= available_ns) {
      fitting = count;
      pages = std::move(tried);
    } else {
      too_many = count;
    }
  }
  std::string cut = joined(std::span(segments).subspan(fitting));
  if (cut.ends_with(closing)) cut.resize(cut.size() - closing.size());
  append_word(lost, cut);
  return pages;
}

}  // namespace dali
