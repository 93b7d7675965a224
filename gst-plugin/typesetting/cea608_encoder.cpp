// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/cea608_encoder.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "media/text/utf8.h"

namespace dali {
namespace {

// Two rows of 32 characters take 2 x (2 + 2 + 16) pairs, the commands around them 4 and the erasure
// of what shows meanwhile 2. The rest is for characters outside of the basic set, which take two
// each.
constexpr std::int64_t kLookaheadPairs = 60;

// What a caption may hold that is not rolled up.
constexpr int kMostRows = 4;

Cea608Command mode_command(Cea608Mode mode) {
  switch (mode) {
    case Cea608Mode::kRollUp2:
      return Cea608Command::kRollUp2;
    case Cea608Mode::kRollUp3:
      return Cea608Command::kRollUp3;
    case Cea608Mode::kRollUp4:
      return Cea608Command::kRollUp4;
    case Cea608Mode::kPopOn:
      return Cea608Command::kResumeCaptionLoading;
    case Cea608Mode::kPaintOn:
      break;
  }
  return Cea608Command::kResumeDirectCaptioning;
}

}  // namespace

int rolled_rows(Cea608Mode mode) {
  switch (mode) {
    case Cea608Mode::kRollUp2:
      return 2;
    case Cea608Mode::kRollUp3:
      return 3;
    case Cea608Mode::kRollUp4:
      return 4;
    case Cea608Mode::kPopOn:
    case Cea608Mode::kPaintOn:
      break;
  }
  return 0;
}

std::int64_t cea608_lookahead_ns(const Cea608Settings& settings) {
  return settings.mode == Cea608Mode::kPopOn ? kLookaheadPairs * settings.frame_ns : 0;
}

void Cea608Encoder::add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns) {
  std::string lost;
  std::vector<CaptionPage> pages = pages_of(text, lost);
  const std::string caption(text);
  if (!lost.empty()) {
    losses_.push_back({lost, caption, start_ns, "CEA-608 has no such character"});
  }
  for (TimedPage& page : in_turn(std::move(pages), start_ns, end_ns)) {
    cues_.push_back({.lines = std::move(page.lines),
                     .start_ns = page.start_ns,
                     .end_ns = page.end_ns,
                     .caption = caption});
  }
}

// The text in characters that CEA-608 has, on the lines that it came on if they fit.
std::vector<CaptionPage> Cea608Encoder::pages_of(std::string_view text, std::string& lost) {
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(text)) {
    std::string written = collapsed(transliterator_.transliterated(line, lost));
    if (!written.empty()) lines.push_back(std::move(written));
  }
  const int rolled = rolled_rows(settings_.mode);
  return dali::pages_of(lines, kCea608Columns,
                        static_cast<std::size_t>(rolled > 0 ? rolled : kMostRows), segmenter_);
}

bool Cea608Encoder::is_due(std::int64_t time_ns, std::int64_t frame_ns) const {
  return time_ns <= frame_ns + settings_.frame_ns / 2;
}

bool Cea608Encoder::is_idle() const {
  return cues_.empty() && sending_.empty() && !repeat_ && !loading_ && !shown_until_ns_;
}

std::vector<CaptionLoss> Cea608Encoder::take_losses() {
  return std::exchange(losses_, {});
}

Cea608Pair Cea608Encoder::next(std::int64_t frame_ns) {
  if (repeat_) return *std::exchange(repeat_, std::nullopt);
  const std::optional<Unit> unit = choose(frame_ns);
  if (!unit) return {};
  if (unit->is_control) repeat_ = unit->pair;
  return unit->pair;
}

std::optional<Cea608Encoder::Unit> Cea608Encoder::choose(std::int64_t frame_ns) {
  if (settings_.mode == Cea608Mode::kPopOn) return choose_loading(frame_ns);
  if (sending_.empty() && !begin_next_cue(frame_ns) && shown_until_ns_ &&
      is_due(*shown_until_ns_, frame_ns)) {
    shown_until_ns_.reset();
    send_command(Cea608Command::kEraseDisplayedMemory);
  }
  if (sending_.empty()) return std::nullopt;
  const Unit unit = sending_.front();
  sending_.pop_front();
  return unit;
}

// Pop-on: loading goes on between what must happen at its time, showing and erasing.
std::optional<Cea608Encoder::Unit> Cea608Encoder::choose_loading(std::int64_t frame_ns) {
  const auto command = [this](Cea608Command code) {
    return Unit{command_code(settings_.channel, code), true};
  };
  const bool is_loaded = loading_ && sending_.empty();
  if (is_loaded && is_due(loading_->start_ns, frame_ns)) {
    shown_until_ns_ = loading_->end_ns;
    loading_.reset();
    return command(Cea608Command::kEndOfCaption);
  }
  if (shown_until_ns_ && is_due(*shown_until_ns_, frame_ns)) {
    // An erasure takes two frames. What is due within them takes the old caption's place anyway.
    const bool is_replaced = is_loaded && is_due(loading_->start_ns, frame_ns + settings_.frame_ns);
    if (is_replaced) return std::nullopt;
    shown_until_ns_.reset();
    return command(Cea608Command::kEraseDisplayedMemory);
  }
  if (sending_.empty() && (loading_ || !begin_next_cue(frame_ns))) return std::nullopt;
  const Unit unit = sending_.front();
  sending_.pop_front();
  return unit;
}

// Queues the next cue's pairs if it is time to; what comes too late for that is lost.
bool Cea608Encoder::begin_next_cue(std::int64_t frame_ns) {
  const bool is_pop_on = settings_.mode == Cea608Mode::kPopOn;
  while (!cues_.empty() && is_due(cues_.front().start_ns, frame_ns + lookahead_ns())) {
    Cue cue = std::move(cues_.front());
    cues_.pop_front();
    if (shown_until_ns_ && cue.start_ns <= *shown_until_ns_ && cue.lines == begun_lines_) {
      shown_until_ns_ = std::max(*shown_until_ns_, cue.end_ns);
      continue;
    }
    send_cue(cue);
    begun_lines_ = cue.lines;
    const std::int64_t sent_ns = frame_ns + sending_ns();
    if (is_pop_on && sent_ns < cue.end_ns) {
      loading_ = std::move(cue);
      return true;
    }
    if (!is_pop_on && frame_ns < cue.end_ns) {
      // What should have ended before it is all there stays as long again.
      shown_until_ns_ = sent_ns < cue.end_ns ? cue.end_ns : sent_ns + sending_ns();
      return true;
    }
    sending_.clear();
    lose(cue);
  }
  return false;
}

void Cea608Encoder::lose(const Cue& cue) {
  losses_.push_back(
      {joined(cue.lines), cue.caption, cue.start_ns, "no frames left to send it in time"});
}

std::int64_t Cea608Encoder::sending_ns() const {
  const auto pairs = std::accumulate(
      sending_.begin(), sending_.end(), std::int64_t{0},
      [](std::int64_t sum, const Unit& unit) { return sum + (unit.is_control ? 2 : 1); });
  return pairs * settings_.frame_ns;
}

void Cea608Encoder::send_command(Cea608Command command) {
  sending_.push_back({command_code(settings_.channel, command), true});
}

void Cea608Encoder::send_position(int row, int column) {
  constexpr int kIndentStep = 4;
  const int tab = column % kIndentStep;
  sending_.push_back({preamble_code(settings_.channel, row, column - tab), true});
  if (tab > 0) sending_.push_back({tab_code(settings_.channel, tab), true});
}

void Cea608Encoder::send_line(const std::string& line) {
  std::uint8_t pending = 0;  // a basic character that waits for its pair's second
  const auto flush = [&] {
    if (pending != 0) sending_.push_back({with_odd_parity(pending, 0x00), false});
    pending = 0;
  };
  const auto basic = [&](std::uint8_t code) {
    if (pending == 0) {
      pending = code;
      return;
    }
    sending_.push_back({with_odd_parity(pending, code), false});
    pending = 0;
  };
  for (std::size_t at = 0; at < line.size();) {
    const auto character = cea608_character(next_code_point(line, at));
    if (!character) continue;
    if (character->basic != 0) basic(character->basic);
    if (character->set == 0) continue;
    // An extended character takes the place of the basic one before it.
    flush();
    const Unit unit{character_code(settings_.channel, character->set, character->code), true};
    // Some decoders take a third in a row for one more repetition. The mode's command changes
    // nothing.
    if (sending_.back() == unit) send_command(mode_command(settings_.mode));
    sending_.push_back(unit);
  }
  flush();
}

void Cea608Encoder::send_cue(const Cue& cue) {
  send_command(mode_command(settings_.mode));
  if (rolled_rows(settings_.mode) > 0) {
    for (const std::string& line : cue.lines) {
      send_command(Cea608Command::kCarriageReturn);
      send_position(settings_.row, 0);
      send_line(line);
    }
    return;
  }
  send_command(settings_.mode == Cea608Mode::kPopOn ? Cea608Command::kEraseNonDisplayedMemory
                                                    : Cea608Command::kEraseDisplayedMemory);
  int row = settings_.row - static_cast<int>(cue.lines.size()) + 1;
  for (const std::string& line : cue.lines) {
    send_position(row++, (kCea608Columns - static_cast<int>(code_point_count(line))) / 2);
    send_line(line);
  }
}

}  // namespace dali
