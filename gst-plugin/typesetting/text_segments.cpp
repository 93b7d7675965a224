// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/text_segments.h"

#include <unicode/brkiter.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "media/text/cue_line.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

constexpr UChar32 kEmojiVariation = 0xFE0F;

struct TextCloser {
  void operator()(UText* text) const { utext_close(text); }
};
using TextHandle = std::unique_ptr<UText, TextCloser>;

void check(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) {
    throw std::runtime_error(std::string(what) + ": ICU says " + u_errorName(status));
  }
}

// A view of `text`, whose positions are those of its bytes. `text` must outlive it.
TextHandle view_of(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  TextHandle view(
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status));
  check(status, "cannot read text");
  return view;
}

// The byte positions of all boundaries after the start, the end among them.
std::vector<std::size_t> boundaries(icu::BreakIterator& rules, std::string_view text) {
  const TextHandle view = view_of(text);
  UErrorCode status = U_ZERO_ERROR;
  rules.setText(view.get(), status);
  check(status, "cannot divide text");
  std::vector<std::size_t> positions;
  rules.first();
  for (std::int32_t at = rules.next(); at != icu::BreakIterator::DONE; at = rules.next()) {
    positions.push_back(static_cast<std::size_t>(at));
  }
  return positions;
}

UChar32 code_point_at(std::string_view text, std::size_t& at) {
  return static_cast<UChar32>(next_code_point(text, at));
}

bool is_mark_or_format(UChar32 code_point) {
  const std::uint32_t categories = U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK | U_GC_CC_MASK;
  return (U_GET_GC_MASK(code_point) & categories) != 0;
}

// The columns of one character, which may be several code points: those of its widest.
int columns_of_character(std::string_view character) {
  int columns = 0;
  for (std::size_t at = 0; at < character.size();) {
    const UChar32 code_point = code_point_at(character, at);
    const auto width =
        static_cast<UEastAsianWidth>(u_getIntPropertyValue(code_point, UCHAR_EAST_ASIAN_WIDTH));
    const bool is_wide = width == U_EA_WIDE || width == U_EA_FULLWIDTH ||
                         u_hasBinaryProperty(code_point, UCHAR_EMOJI_PRESENTATION) ||
                         code_point == kEmojiVariation;
    if (is_wide) {
      columns = 2;
    } else if (!is_mark_or_format(code_point)) {
      columns = std::max(columns, 1);
    }
  }
  // A mark on nothing is drawn as one on a blank.
  std::size_t start = 0;
  const UChar32 first = code_point_at(character, start);
  const bool is_mark = (U_GET_GC_MASK(first) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0;
  return columns == 0 && is_mark ? 1 : columns;
}

// Whether the script that `code_point` belongs to writes no spaces between words.
bool is_written_without_spaces(UChar32 code_point) {
  switch (u_getIntPropertyValue(code_point, UCHAR_LINE_BREAK)) {
    case U_LB_IDEOGRAPHIC:
    case U_LB_CONDITIONAL_JAPANESE_STARTER:
    case U_LB_COMPLEX_CONTEXT:
    case U_LB_E_BASE:
      return true;
    default:
      return false;
  }
}

bool is_breakable_space(UChar32 code_point) {
  constexpr UChar32 kNoBreakSpace = 0x00A0;
  constexpr UChar32 kFigureSpace = 0x2007;
  constexpr UChar32 kNarrowNoBreakSpace = 0x202F;
  return u_isUWhiteSpace(code_point) && code_point != kNoBreakSpace && code_point != kFigureSpace &&
         code_point != kNarrowNoBreakSpace;
}

bool may_break(std::string_view text, std::size_t at) {
  const auto before = static_cast<UChar32>(code_point_before(text, at));
  if (before == ' ') return true;
  std::size_t next = at;
  return is_written_without_spaces(before) || is_written_without_spaces(code_point_at(text, next));
}

template <typename Mapping>
std::string mapped(std::string_view text, Mapping mapping) {
  icu::UnicodeString characters = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  mapping(characters);
  std::string result;
  characters.toUTF8String(result);
  return result;
}

}  // namespace

struct TextSegmenter::Rules {
  std::unique_ptr<icu::BreakIterator> characters;
  std::unique_ptr<icu::BreakIterator> lines;
};

TextSegmenter::TextSegmenter() = default;

TextSegmenter::Rules& TextSegmenter::rules() {
  if (rules_) return *rules_;
  auto loaded = std::make_unique<Rules>();
  UErrorCode status = U_ZERO_ERROR;
  loaded->characters.reset(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  loaded->lines.reset(icu::BreakIterator::createLineInstance(icu::Locale::getRoot(), status));
  check(status, "no rules for text");
  rules_ = std::move(loaded);
  return *rules_;
}

TextSegmenter::~TextSegmenter() = default;
TextSegmenter::TextSegmenter(TextSegmenter&&) noexcept = default;
TextSegmenter& TextSegmenter::operator=(TextSegmenter&&) noexcept = default;

std::vector<TextSegment> TextSegmenter::segments(std::string_view line) {
  const std::vector<std::size_t> characters = boundaries(*rules().characters, line);
  std::vector<TextSegment> pieces;
  std::size_t start = 0;
  for (const std::size_t end : boundaries(*rules().lines, line)) {
    const bool is_last = end == line.size();
    const bool is_whole = std::binary_search(characters.begin(), characters.end(), end);
    if (!is_last && !(is_whole && may_break(line, end))) continue;
    TextSegment piece;
    piece.has_space_after = line[end - 1] == ' ';
    piece.text = line.substr(start, end - start - (piece.has_space_after ? 1 : 0));
    piece.extent = extent(piece.text);
    pieces.push_back(std::move(piece));
    start = end;
  }
  return pieces;
}

std::string TextSegmenter::prefix(std::string_view text, TextExtent room) {
  std::size_t start = 0;
  for (const std::size_t end : boundaries(*rules().characters, text)) {
    room.columns -= columns_of_character(text.substr(start, end - start));
    room.characters -= 1;
    if (room.columns < 0 || room.characters < 0) break;
    start = end;
  }
  return std::string(text.substr(0, start));
}

std::vector<TextSegment> TextSegmenter::pieces(std::string_view text, int columns) {
  std::vector<TextSegment> pieces(1);
  std::size_t start = 0;
  for (const std::size_t end : boundaries(*rules().characters, text)) {
    const std::string_view character = text.substr(start, end - start);
    const int character_columns = columns_of_character(character);
    const bool is_full = pieces.back().extent.columns + character_columns > columns;
    if (is_full && !pieces.back().text.empty()) pieces.emplace_back();
    pieces.back().text += character;
    pieces.back().extent.columns += character_columns;
    pieces.back().extent.characters += 1;
    start = end;
  }
  return pieces;
}

TextExtent TextSegmenter::extent(std::string_view text) {
  TextExtent total;
  std::size_t start = 0;
  for (const std::size_t end : boundaries(*rules().characters, text)) {
    total.columns += columns_of_character(text.substr(start, end - start));
    total.characters += 1;
    start = end;
  }
  return total;
}

std::string collapsed(std::string_view text) {
  const std::string line = cue_line(text);
  std::string result;
  bool is_space_due = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t start = at;
    const UChar32 code_point = code_point_at(line, at);
    if (is_breakable_space(code_point)) {
      is_space_due = !result.empty();
    } else if (!u_iscntrl(code_point) || u_charType(code_point) == U_FORMAT_CHAR) {
      if (is_space_due) result += ' ';
      is_space_due = false;
      result.append(line, start, at - start);
    }
  }
  return result;
}

std::string in_capitals(std::string_view text) {
  return mapped(text, [](icu::UnicodeString& all) { all.toUpper(icu::Locale::getRoot()); });
}

std::string with_small_first_letter(std::string_view text) {
  return mapped(text, [](icu::UnicodeString& all) {
    const UChar32 first = all.char32At(0);
    const std::int32_t second_at = all.moveIndex32(0, 1);
    const UChar32 second = second_at < all.length() ? all.char32At(second_at) : ' ';
    // "DJ", "I", "I'm": not capitals because they begin a sentence.
    if (u_isupper(second) || !u_isalpha(second)) {
      const bool is_article = first == 'A' && second == ' ';
      if (!is_article) return;
    }
    all.replace(0, second_at, u_tolower(first));
  });
}

}  // namespace dali
