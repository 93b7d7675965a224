// SPDX-License-Identifier: LGPL-2.1-or-later
// The character sets of ANSI/CTA-608 (CEA-608-E, tables 49 and 50 and 5 to 10).
#include "gst-plugin/typesetting/cea608_characters.h"

#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <stdexcept>

#include "media/text/composition.h"

namespace dali {
namespace {

// The basic set is ASCII but for these codes.
constexpr std::u32string_view kBasicChanged =
    U"á"
    U"é"
    U"í"
    U"ó"
    U"ú"
    U"ç"
    U"÷"
    U"Ñ"
    U"ñ"
    U"█";
constexpr std::uint8_t kBasicChangedCodes[] = {0x2A, 0x5C, 0x5E, 0x5F, 0x60,
                                               0x7B, 0x7C, 0x7D, 0x7E, 0x7F};

// Holds the place of a code that no text asks for: it is no character.
constexpr char32_t kNoCharacter = U'\uFFFF';

// From 0x30 on. The tenth is the transparent space.
constexpr std::u32string_view kSpecial = U"®°½¿™¢£♪à\uFFFFèâêîôû";
constexpr std::uint8_t kSpecialSet = 0x11;
constexpr std::uint8_t kSpecialStart = 0x30;

// From 0x20 on, and what decoders show that do not know them. The straight apostrophe's place in
// the first is held: the basic set has one.
struct ExtendedSet {
  std::uint8_t set;
  std::u32string_view characters;
  std::string_view fallbacks;
};
constexpr ExtendedSet kExtendedSets[] = {
    {0x12, U"ÁÉÓÚÜü‘¡*\uFFFF—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»", "AEOUUu'!+'-cs.\"\"AACEEEeIIiOUuU\"\""},
    {0x13, U"ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘", "AaIIiOoOo()/'-/-AaOosY$/AaOo++++"},
};
constexpr std::uint8_t kExtendedStart = 0x20;

static_assert(kSpecial.size() == 16);
static_assert(kExtendedSets[0].characters.size() == 32 && kExtendedSets[0].fallbacks.size() == 32);
static_assert(kExtendedSets[1].characters.size() == 32 && kExtendedSets[1].fallbacks.size() == 32);

// Signs that have a near relation in CEA-608 which ICU does not know of.
constexpr std::u32string_view kRelatedSigns = U"`´′’‚„‟″♫♬♩–‒‐‑−·∙¦\u00A0\u2007\u202F";
constexpr std::u32string_view kNearestSigns = U"''''\u0027“””♪♪♪-----••|   ";
static_assert(kRelatedSigns.size() == kNearestSigns.size());

bool is_basic_ascii(char32_t code_point) {
  return code_point >= 0x20 && code_point < 0x7B &&
         std::u32string_view(U"*\\^_`").find(code_point) == std::u32string_view::npos;
}

void check(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) {
    throw std::runtime_error(std::string(what) + ": ICU says " + u_errorName(status));
  }
}

}  // namespace

std::optional<Cea608Character> cea608_character(char32_t code_point) {
  if (code_point == kNoCharacter) return std::nullopt;
  if (is_basic_ascii(code_point)) {
    const auto code = static_cast<std::uint8_t>(code_point);
    return Cea608Character{.basic = code, .set = 0, .code = code};
  }
  if (const std::size_t at = kBasicChanged.find(code_point); at != std::u32string_view::npos) {
    return Cea608Character{
        .basic = kBasicChangedCodes[at], .set = 0, .code = kBasicChangedCodes[at]};
  }
  if (const std::size_t at = kSpecial.find(code_point); at != std::u32string_view::npos) {
    return Cea608Character{
        .basic = 0, .set = kSpecialSet, .code = static_cast<std::uint8_t>(kSpecialStart + at)};
  }
  for (const ExtendedSet& extended : kExtendedSets) {
    const std::size_t at = extended.characters.find(code_point);
    if (at == std::u32string_view::npos) continue;
    return Cea608Character{.basic = static_cast<std::uint8_t>(extended.fallbacks[at]),
                           .set = extended.set,
                           .code = static_cast<std::uint8_t>(kExtendedStart + at)};
  }
  return std::nullopt;
}

char32_t nearest_sign(char32_t code_point) {
  const std::size_t at = kRelatedSigns.find(code_point);
  return at == std::u32string_view::npos ? code_point : kNearestSigns[at];
}

struct Cea608Transliterator::Rules {
  std::unique_ptr<icu::Transliterator> to_latin;
};

Cea608Transliterator::Cea608Transliterator() = default;
Cea608Transliterator::~Cea608Transliterator() = default;
Cea608Transliterator::Cea608Transliterator(Cea608Transliterator&&) noexcept = default;
Cea608Transliterator& Cea608Transliterator::operator=(Cea608Transliterator&&) noexcept = default;

std::string Cea608Transliterator::transliterated(std::string_view text, std::string& lost) {
  UErrorCode status = U_ZERO_ERROR;
  const auto letters = icu::UnicodeString::fromUTF8(composed(text));
  icu::UnicodeString result;
  icu::UnicodeString foreign;  // a run of characters that CEA-608 does not have
  const auto append_foreign = [&] {
    if (foreign.isEmpty()) return;
    if (!rules_) {
      auto loaded = std::make_unique<Rules>();
      loaded->to_latin.reset(icu::Transliterator::createInstance(
          "Any-Latin; Latin-ASCII; [[:Mn:][:Cf:]] Remove", UTRANS_FORWARD, status));
      check(status, "no rules for other scripts");
      rules_ = std::move(loaded);
    }
    rules_->to_latin->transliterate(foreign);
    for (std::int32_t at = 0; at < foreign.length(); at = foreign.moveIndex32(at, 1)) {
      const UChar32 code_point = foreign.char32At(at);
      if (cea608_character(static_cast<char32_t>(code_point))) {
        result.append(code_point);
      } else {
        icu::UnicodeString(code_point).toUTF8String(lost);
      }
    }
    foreign.remove();
  };

  for (std::int32_t at = 0; at < letters.length(); at = letters.moveIndex32(at, 1)) {
    const char32_t code_point = nearest_sign(static_cast<char32_t>(letters.char32At(at)));
    if (cea608_character(code_point)) {
      append_foreign();
      result.append(static_cast<UChar32>(code_point));
    } else {
      foreign.append(static_cast<UChar32>(code_point));
    }
  }
  append_foreign();
  std::string utf8;
  result.toUTF8String(utf8);
  return utf8;
}

}  // namespace dali
