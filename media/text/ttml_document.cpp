// SPDX-License-Identifier: LGPL-2.1-or-later
// EBU-TT-D as of EBU Tech 3380, IMSC 1.1 as of the W3C's recommendation of 2018-11-08. What the one
// demands the other allows: styles by reference alone, lengths in percent, colours as numbers, and
// no ttp:contentProfiles, in whose place documents of both say what they conform to.
#include "media/text/ttml_document.h"

#include <algorithm>

#include "media/text/clock_time.h"
#include "media/text/direction.h"
#include "media/text/markup.h"

namespace dali {
namespace {

// The language follows, and then the size of letters.
constexpr const char* kRoot = R"(<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling"
    xmlns:ebuttm="urn:ebu:tt:metadata"
    xmlns:ebutts="urn:ebu:tt:style"
    ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang=")";

constexpr const char* kMetadata = R"(">
  <head>
    <metadata>
      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2014-01</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1/text</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1.1/text</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>
    </metadata>
    <styling>
      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize=")";

constexpr const char* kStyles = R"(%"
             tts:lineHeight="120%" tts:textAlign="center" ebutts:linePadding="0.5c"/>
      <style xml:id="rightToLeft" tts:direction="rtl" tts:unicodeBidi="embed"/>
      <style xml:id="text" tts:color="#FFFFFF" tts:backgroundColor="#000000"/>
    </styling>
    <layout>
      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>
    </layout>
  </head>
)";

// Of letters of full size, which are a fifteenth of the picture's height, so many columns take
// three quarters of a picture of 16:9, and a line 8 % of its height. On a narrower one they wrap,
// and grow upward in a region that holds them.
constexpr int kFullSizeColumns = 37;

int font_percent(const TtmlLayout& layout) {
  return std::clamp(100 * kFullSizeColumns / std::max(layout.columns, 1), 1, 100);
}

std::string lines_with_breaks(const std::string& text) {
  std::string marked;
  for (const char character : escaped_markup(text)) {
    if (character == '\n') {
      marked += "<br/>";
    } else {
      marked += character;
    }
  }
  return marked;
}

}  // namespace

std::string ttml_document(std::span<const TtmlParagraph> paragraphs, std::string_view language,
                          const TtmlLayout& layout) {
  std::string document =
      kRoot + escaped_markup(language) + kMetadata + std::to_string(font_percent(layout)) + kStyles;
  // Neither a body nor a div may be there without a paragraph in it.
  if (!paragraphs.empty()) document += "  <body>\n    <div>\n";
  int number = 0;
  for (const TtmlParagraph& paragraph : paragraphs) {
    document += R"(      <p xml:id="c)" + std::to_string(++number) +
                R"(" region="bottom" style="paragraph)" +
                (is_right_to_left(paragraph.text) ? " rightToLeft" : "") + R"(" begin=")" +
                clock_time(paragraph.start_ms, '.') + R"(" end=")" +
                clock_time(paragraph.end_ms, '.') + R"("><span style="text">)" +
                lines_with_breaks(paragraph.text) + "</span></p>\n";
  }
  if (!paragraphs.empty()) document += "    </div>\n  </body>\n";
  return document + "</tt>\n";
}

}  // namespace dali
