// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dali {

// What shows from one time to another, of which the first is earlier.
struct TtmlParagraph {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text;  // characters of XML, without markup; lines apart by '\n'
};

// How wide the lines may be that the paragraphs have.
struct TtmlLayout {
  int columns = 37;
};

// A whole TTML document that is both EBU-TT-D (EBU Tech 3380) and IMSC 1.1 Text Profile, and says
// so: white on black, centred at the bottom of the picture. Paragraphs come in order and apart.
// `language` is a tag of BCP 47.
std::string ttml_document(std::span<const TtmlParagraph> paragraphs, std::string_view language,
                          const TtmlLayout& layout);

}  // namespace dali
