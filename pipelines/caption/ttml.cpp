// SPDX-License-Identifier: LGPL-2.1-or-later
// EBU-TT-D as of EBU Tech 3380, IMSC 1.1 as of the W3C's recommendation of 2018-11-08. What the one
// demands the other allows: styles by reference alone, lengths in percent, colours as numbers, and
// no ttp:contentProfiles, in whose place documents of both say what they conform to.
#include "pipelines/caption/ttml.h"

#include <fmt/format.h>
#include <gst/tag/tag.h>

#include <cstdint>

#include "gst-plugin/typesetting/shape_presets.h"
#include "gst-plugin/typesetting/text_shaper.h"
#include "media/text/direction.h"
#include "media/text/markup.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

// The names of a file's language are those of BCP 47: the shortest code that there is.
constexpr const char* kHead = R"(<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling"
    xmlns:ebuttm="urn:ebu:tt:metadata"
    xmlns:ebutts="urn:ebu:tt:style"
    ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang="{}">
  <head>
    <metadata>
      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2014-01</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1/text</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1.1/text</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>
    </metadata>
    <styling>
      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%"
             tts:lineHeight="120%" tts:textAlign="center" ebutts:linePadding="0.5c"/>
      <style xml:id="rightToLeft" tts:direction="rtl" tts:unicodeBidi="embed"/>
      <style xml:id="text" tts:color="#FFFFFF" tts:backgroundColor="#000000"/>
    </styling>
    <layout>
      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>
    </layout>
  </head>
)";

// A line takes 8 % of the picture's height, and 37 columns three quarters of a picture of 16:9. On
// a narrower one they wrap, and grow upward in a region that holds them.
ShapeSettings document_settings() {
  ShapeSettings settings = preset_settings(ShapePreset::kBbc, {});
  // The words and times are those of every other format, however fast a reader has to be.
  settings.label_style = LabelStyle::kPlain;
  settings.characters_per_second = 1'000'000;
  settings.min_duration_ns = kMillisecondNs;
  settings.max_duration_ns = std::int64_t{3600} * 1000 * kMillisecondNs;
  settings.min_gap_ns = 0;
  settings.max_delay_ns = 0;
  return settings;
}

std::string language_tag(const std::string& code) {
  const char* tag = gst_tag_get_language_code_iso_639_1(code.c_str());
  if (tag == nullptr) tag = gst_tag_get_language_code_iso_639_2T(code.c_str());
  return tag != nullptr ? tag : code;
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

std::string paragraph(const TimedText& shown, int number) {
  const auto time = [](std::int64_t time_ns) {
    return clock_time((time_ns + kMillisecondNs / 2) / kMillisecondNs, '.');
  };
  return fmt::format(
      "      <p xml:id=\"c{}\" region=\"bottom\" style=\"paragraph{}\" begin=\"{}\" end=\"{}\">"
      "<span style=\"text\">{}</span></p>\n",
      number, is_right_to_left(shown.text) ? " rightToLeft" : "", time(shown.start_ns),
      time(shown.end_ns), lines_with_breaks(shown.text));
}

}  // namespace

WrittenText to_ttml(const std::vector<TimedCaption>& captions, const std::string& language) {
  WrittenText written;
  TextShaper shaper;
  const ShapeSettings settings = document_settings();
  std::string paragraphs;
  int number = 0;
  for (const CueInTurn& cue : cues_in_turn(captions, written.losses)) {
    const ShapedText shaped = shaper.shape(only_xml(cue.text), cue.start_ms * kMillisecondNs,
                                           cue.end_ms * kMillisecondNs, settings);
    for (const TimedText& shown : shaped.shown) paragraphs += paragraph(shown, ++number);
    if (!shaped.lost.empty()) {
      written.losses.push_back(
          loss_clause(shaped.lost, cue.start_ms, "a line has no room for the word"));
    }
  }
  written.text = fmt::format(kHead, language_tag(language));
  // Neither a body nor a div may be there without a paragraph in it.
  if (!paragraphs.empty()) {
    written.text += "  <body>\n    <div>\n" + paragraphs + "    </div>\n  </body>\n";
  }
  written.text += "</tt>\n";
  return written;
}

}  // namespace dali
