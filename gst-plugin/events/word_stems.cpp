// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/word_stems.h"

#include <libstemmer.h>
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace dali {
namespace {

std::string utf8(const icu::UnicodeString& text) {
  std::string bytes;
  text.toUTF8String(bytes);
  return bytes;
}

std::string primary_code(std::string_view language) {
  const std::string_view code = language.substr(0, language.find_first_of("-_"));
  return code.empty() ? "en" : std::string(code);
}

// An apostrophe joins the letters around it to one word; all else that is neither white nor a
// letter is a mark.
bool is_mark(UChar32 character) {
  return u_ispunct(character) != 0;
}

}  // namespace

void WordStems::FreeStemmer::operator()(sb_stemmer* stemmer) const {
  sb_stemmer_delete(stemmer);
}

WordStems::WordStems(std::string_view language) {
  const std::string code = primary_code(language);
  is_english_ = code == "en" || code == "eng";
  stemmer_.reset(sb_stemmer_new(code.c_str(), nullptr));
}

std::vector<Word> WordStems::words(std::string_view line) const {
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(line.data(), static_cast<std::int32_t>(line.size())));
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  std::vector<Word> words;
  if (U_FAILURE(error) != 0) return words;
  breaks->setText(text);
  std::size_t at = 0;  // in bytes
  bool follows_mark = false;
  for (std::int32_t begin = breaks->first(), end = breaks->next(); end != icu::BreakIterator::DONE;
       begin = end, end = breaks->next()) {
    icu::UnicodeString piece = text.tempSubStringBetween(begin, end);
    const std::size_t length = utf8(piece).size();
    if (breaks->getRuleStatus() >= UBRK_WORD_NONE_LIMIT) {
      Word word;
      word.begin = at;
      word.end = at + length;
      word.follows_mark = follows_mark;
      piece.foldCase();
      word.folded = utf8(piece);
      word.stem = word.folded;
      if (stemmer_) {
        const auto* symbols = reinterpret_cast<const sb_symbol*>(word.folded.data());
        const sb_symbol* stem =
            sb_stemmer_stem(stemmer_.get(), symbols, static_cast<int>(word.folded.size()));
        if (stem != nullptr) {
          word.stem.assign(reinterpret_cast<const char*>(stem),
                           static_cast<std::size_t>(sb_stemmer_length(stemmer_.get())));
        }
      }
      words.push_back(std::move(word));
      follows_mark = false;
    } else {
      // A hyphen ties "clip-clop" together, so it ends nothing.
      const UChar32 character = piece.char32At(0);
      follows_mark =
          follows_mark || (is_mark(character) && u_charType(character) != U_DASH_PUNCTUATION);
    }
    at += length;
  }
  return words;
}

}  // namespace dali
