// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/stl.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string_view>

#include "gst-plugin/typesetting/cea608_characters.h"
#include "gst-plugin/typesetting/ttml_cues.h"
#include "media/text/composition.h"
#include "media/text/iso6937.h"
#include "media/text/language_tag.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::int64_t kFramesPerSecond = 25;
constexpr std::int64_t kFramesPerDay = 24 * 3600 * kFramesPerSecond;

// Of a teletext row of 40 with the codes around the text, and with room for the dots that stand for
// the end of a word that is longer.
constexpr int kColumns = 33;
constexpr int kLines = 2;
constexpr char32_t kEllipsis = U'…';
constexpr std::string_view kRowBegins = "\x0D\x0B\x0B";  // in double height, boxed
constexpr std::string_view kRowEnds = "\x0A\x0A";
// A row of double height takes the one below it, too.
constexpr std::string_view kNextRow = "\x8A\x8A";
constexpr int kLastRow = 22;

constexpr std::size_t kTextBytes = 112;  // of a block
constexpr char kUnused = '\x8F';
constexpr char kCentred = 2;
constexpr std::uint8_t kLastBlock = 0xFF;
constexpr int kLastNumber = 0xFFFF;  // of a subtitle, in two bytes
// Of a block in the file; their count has five digits.
constexpr std::size_t kBlockBytes = 128;
constexpr std::size_t kMostBlocks = 99999;

// By BCP 47, in the order of the EBU's numbers, from 1 on.
constexpr std::array<std::string_view, 43> kLanguages = {
    "sq", "br", "ca", "hr", "cy", "cs", "da", "de", "en", "es", "eo", "et",    "eu", "fo", "fr",
    "fy", "ga", "gd", "gl", "is", "it", "se", "la", "lv", "lb", "lt", "hu",    "mt", "nl", "no",
    "oc", "pl", "pt", "ro", "rm", "sr", "sk", "sl", "fi", "sv", "tr", "nl-BE", "wa"};

int language_number(const std::string& language) {
  const std::string tag = language_tag(language);
  const auto* found = std::ranges::find(kLanguages, tag);
  return found == kLanguages.end() ? 0 : static_cast<int>(found - kLanguages.begin()) + 1;
}

// What the Latin table has stays; what it does not is written with Latin letters. Of one line.
std::string latin(const std::string& line, Cea608Transliterator& transliterator,
                  std::string& lost) {
  std::u32string written;
  std::u32string foreign;
  const auto append_foreign = [&] {
    if (foreign.empty()) return;
    for (const char32_t letter : from_utf8(transliterator.transliterated(to_utf8(foreign), lost))) {
      // CEA-608 has this dash, and the Latin table does not.
      const char32_t kept = letter == U'—' ? U'-' : letter;
      if (iso6937_character(kept).empty()) {
        lost += to_utf8({&kept, 1});
      } else {
        written += kept;
      }
    }
    foreign.clear();
  };
  for (const char32_t code_point : from_utf8(composed(line))) {
    if (iso6937_character(code_point).empty()) {
      foreign += code_point;
    } else {
      append_foreign();
      written += code_point;
    }
  }
  append_foreign();
  return to_utf8(written);
}

std::int64_t frame_of(std::int64_t time_ms) {
  return (time_ms * kFramesPerSecond + 500) / 1000;
}

std::array<int, 4> timecode(std::int64_t frame) {
  const auto part = [](std::int64_t value) { return static_cast<int>(value); };
  return {part(frame / (3600 * kFramesPerSecond)), part(frame / (60 * kFramesPerSecond) % 60),
          part(frame / kFramesPerSecond % 60), part(frame % kFramesPerSecond)};
}

// A paragraph's rows, a code at a time: none of them may be divided.
std::vector<std::string> codes_of(const std::string& text) {
  std::vector<std::string> codes;
  codes.emplace_back(kRowBegins);
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code_point = next_code_point(text, at);
    if (code_point == U'\n') {
      codes.insert(codes.end(),
                   {std::string(kRowEnds), std::string(kNextRow), std::string(kRowBegins)});
    } else {
      codes.push_back(code_point == kEllipsis ? "..." : iso6937_character(code_point));
    }
  }
  codes.emplace_back(kRowEnds);
  return codes;
}

// The text and timing information: a block, or several where the text takes more.
std::vector<std::string> blocks_of(const TtmlParagraph& paragraph, int number) {
  std::vector<std::string> texts(1);
  for (const std::string& code : codes_of(paragraph.text)) {
    if (texts.back().size() + code.size() > kTextBytes) texts.emplace_back();
    texts.back() += code;
  }
  const auto lines = std::count(paragraph.text.begin(), paragraph.text.end(), '\n');
  std::vector<std::string> blocks;
  for (std::string& text : texts) {
    text.resize(kTextBytes, kUnused);
    const bool is_last = &text == &texts.back();
    std::string block = {0, static_cast<char>(number & 0xFF), static_cast<char>(number >> 8)};
    block += static_cast<char>(is_last ? kLastBlock : blocks.size());
    block += '\0';  // of no cumulative set
    for (const std::int64_t frame : {frame_of(paragraph.start_ms), frame_of(paragraph.end_ms)}) {
      for (const int part : timecode(frame)) block += static_cast<char>(part);
    }
    block += static_cast<char>(kLastRow - 2 * lines);
    block += kCentred;
    block += '\0';  // no comment
    blocks.push_back(block + text);
  }
  return blocks;
}

std::string digits_of(std::int64_t frame) {
  const std::array<int, 4> parts = timecode(frame);
  return fmt::format("{:02}{:02}{:02}{:02}", parts[0], parts[1], parts[2], parts[3]);
}

// The general subtitle information, of which what is not known is left blank.
std::string general_block(const std::string& language, std::size_t blocks, int subtitles,
                          std::int64_t first_frame) {
  const std::string today = fmt::format("{:%y%m%d}", fmt::gmtime(std::time(nullptr)));
  std::string block(1024, ' ');
  const auto set = [&block](std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
  };
  set(0, "850STL25.01");  // of its head itself, and of the format
  set(11, "100");         // level-1 teletext, Latin
  set(14, fmt::format("{:02X}", language_number(language)));
  set(224, today);
  set(230, today);
  set(236, "00");
  set(238, fmt::format("{:05}{:05}001", blocks, subtitles));
  set(251, "40231");  // columns and rows of a page; timecodes are meant
  set(256, digits_of(0));
  set(264, digits_of(first_frame));
  set(272, "11");  // one disk, the first
  return block;
}

}  // namespace

WrittenText to_stl(const std::vector<TimedCaption>& captions, const std::string& language) {
  WrittenText written;
  Cea608Transliterator transliterator;
  TtmlCues cues(kColumns, kLines);
  for (const CueInTurn& cue : cues_in_turn(captions, written.losses)) {
    if (frame_of(cue.end_ms) >= kFramesPerDay) {
      written.losses.push_back(loss_clause(cue.text, cue.start_ms, "timecodes end with the day"));
      continue;
    }
    std::string lost;
    const std::string text = latin(cue.text, transliterator, lost);
    if (!lost.empty()) {
      written.losses.push_back(
          loss_clause(lost, cue.start_ms, "the Latin table has no such character"));
    }
    cues.add(text, cue.start_ms * kMillisecondNs, cue.end_ms * kMillisecondNs);
  }
  std::string blocks;
  std::optional<std::int64_t> first_frame;
  int number = 0;
  const std::vector<TtmlParagraph> paragraphs =
      cues.take_until(std::numeric_limits<std::int64_t>::max());
  for (const TtmlParagraph& paragraph : paragraphs) {
    const char* reason = nullptr;
    const std::vector<std::string> own_blocks = blocks_of(paragraph, number);
    if (frame_of(paragraph.start_ms) >= frame_of(paragraph.end_ms)) {
      reason = "it shows in no frame";
    } else if (number > kLastNumber) {
      reason = "subtitles end with number 65535";
    } else if (blocks.size() / kBlockBytes + own_blocks.size() > kMostBlocks) {
      reason = "blocks end with number 99999";
    }
    if (reason != nullptr) {
      written.losses.push_back(loss_clause(paragraph.text, paragraph.start_ms, reason));
      continue;
    }
    if (!first_frame) first_frame = frame_of(paragraph.start_ms);
    for (const std::string& block : own_blocks) blocks += block;
    ++number;
  }
  add_losses(cues.take_losses(), written.losses);
  written.text =
      general_block(language, blocks.size() / kBlockBytes, number, first_frame.value_or(0)) +
      blocks;
  return written;
}

}  // namespace dali
