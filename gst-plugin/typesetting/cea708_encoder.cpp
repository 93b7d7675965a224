// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/cea708_encoder.h"

#include <algorithm>
#include <utility>

#include "gst-plugin/typesetting/cea708_characters.h"
#include "gst-plugin/typesetting/cea708_codes.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

constexpr std::size_t kMostRows = 4;
constexpr int kTextWindows = 2;  // one shows, one is filled

// cc_valid, and what the two bytes are.
constexpr std::uint8_t kPacketStart = 0xFF;
constexpr std::uint8_t kPacketGoesOn = 0xFE;

int widest_of(const CaptionPage& page, TextSegmenter& segmenter) {
  int columns = 1;
  for (const std::string& line : page) {
    columns = std::max(columns, segmenter.extent(line).columns);
  }
  return std::min(columns, kCea708Columns);
}

}  // namespace

void Cea708Encoder::add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns) {
  std::string lost;
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(text)) {
    std::string written = collapsed(written_for_cea708(line, lost));
    if (!written.empty()) lines.push_back(std::move(written));
  }
  const std::string caption(text);
  if (!lost.empty()) losses_.push_back({lost, caption, start_ns, "CEA-708 has no such character"});
  const int rolled = rolled_rows(settings_.mode);
  const std::size_t most_rows = rolled > 0 ? static_cast<std::size_t>(rolled) : kMostRows;
  for (TimedPage& page :
       in_turn(pages_of(lines, kCea708Columns, most_rows, segmenter_), start_ns, end_ns)) {
    cues_.push_back({.lines = std::move(page.lines),
                     .start_ns = page.start_ns,
                     .end_ns = page.end_ns,
                     .caption = caption});
  }
}

std::vector<std::uint8_t> Cea708Encoder::next(std::int64_t frame_ns, std::size_t most) {
  send_due(frame_ns);
  std::vector<std::uint8_t> triplets;
  while (triplets.size() < most * 3) {
    if (packet_.empty()) {
      // A packet without a service ends the last one for decoders that wait for the next.
      if (codes_.empty() && !is_open_) break;
      begin_packet();
    }
    triplets.push_back(std::exchange(begins_packet_, false) ? kPacketStart : kPacketGoesOn);
    for (int byte = 0; byte < 2; ++byte) {
      triplets.push_back(packet_.front());
      packet_.pop_front();
    }
  }
  return triplets;
}

bool Cea708Encoder::is_idle() const {
  return cues_.empty() && codes_.empty() && packet_.empty() && !is_open_ && !loaded_ && !shown_;
}

std::vector<CaptionLoss> Cea708Encoder::take_losses() {
  return std::exchange(losses_, {});
}

bool Cea708Encoder::is_due(std::int64_t time_ns, std::int64_t frame_ns) const {
  return time_ns <= frame_ns + settings_.frame_ns / 2;
}

// Whether the first of the cues is to be begun. What comes too late for that is lost, and what says
// the same as the one that shows lets that stay.
bool Cea708Encoder::takes_next_cue(std::int64_t frame_ns) {
  const std::int64_t ahead_ns = cea608_lookahead_ns(settings_);
  while (!cues_.empty() && is_due(cues_.front().start_ns, frame_ns + ahead_ns)) {
    const Cue& cue = cues_.front();
    if (shown_ && cue.start_ns <= shown_->end_ns && cue.lines == shown_->lines) {
      shown_->end_ns = std::max(shown_->end_ns, cue.end_ns);
    } else if (cue.end_ns <= frame_ns) {
      losses_.push_back(
          {joined(cue.lines), cue.caption, cue.start_ns, "no frames left to send it in time"});
    } else {
      return true;
    }
    cues_.pop_front();
  }
  return false;
}

void Cea708Encoder::send_due(std::int64_t frame_ns) {
  if (rolled_rows(settings_.mode) > 0) {
    send_rolled(frame_ns);
  } else {
    send_whole(frame_ns);
  }
}

void Cea708Encoder::send_rolled(std::int64_t frame_ns) {
  // What has been said goes out before more is: a burst of captions rolls by as fast as it can.
  if (!codes_.empty()) return;
  if (takes_next_cue(frame_ns)) {
    Cue cue = std::move(cues_.front());
    cues_.pop_front();
    bool is_first = !shown_;
    if (is_first) {
      send(cea708_define({.number = 0,
                          .rows = rolled_rows(settings_.mode),
                          .columns = kCea708Columns,
                          .bottom_row = settings_.row,
                          .justification = Cea708Justification::kLeft,
                          .is_visible = true}));
      send(cea708_pen_at(rolled_rows(settings_.mode) - 1));
    }
    for (const std::string& line : cue.lines) {
      if (!std::exchange(is_first, false)) send({kCea708CarriageReturn});
      send_line(line);
      send({kCea708EndOfText});
    }
    shown_ = std::move(cue);
  } else if (shown_ && is_due(shown_->end_ns, frame_ns)) {
    shown_.reset();
    send(cea708_delete(0));
  }
}

void Cea708Encoder::send_whole(std::int64_t frame_ns) {
  if (!loaded_ && takes_next_cue(frame_ns)) {
    loaded_ = std::move(cues_.front());
    cues_.pop_front();
    loaded_->window = shown_ ? (shown_->window + 1) % kTextWindows : 0;
    load(*loaded_);
  }
  const bool is_next_due = loaded_ && is_due(loaded_->start_ns, frame_ns);
  // A frame later the next one takes its place anyway.
  const bool is_replaced = loaded_ && is_due(loaded_->start_ns, frame_ns + settings_.frame_ns);
  if (shown_ && !is_replaced && is_due(shown_->end_ns, frame_ns)) {
    send(cea708_delete(shown_->window));
    shown_.reset();
  }
  if (!is_next_due) return;
  send(cea708_display(loaded_->window));
  if (shown_) send(cea708_delete(shown_->window));
  // Not behind the text itself: GStreamer's decoder draws a window, hidden or not, when it ends.
  send({kCea708EndOfText});
  shown_ = std::exchange(loaded_, std::nullopt);
}

void Cea708Encoder::load(const Cue& cue) {
  send(cea708_define({.number = cue.window,
                      .rows = static_cast<int>(cue.lines.size()),
                      .columns = widest_of(cue.lines, segmenter_),
                      .bottom_row = settings_.row,
                      .justification = Cea708Justification::kCentre,
                      .is_visible = false}));
  int row = 0;
  for (const std::string& line : cue.lines) {
    send(cea708_pen_at(row++));
    send_line(line);
  }
}

void Cea708Encoder::send(std::string code) {
  codes_.push_back(std::move(code));
}

void Cea708Encoder::send_line(const std::string& line) {
  for (std::size_t at = 0; at < line.size();) send(cea708_character(next_code_point(line, at)));
}

// As many codes as fit: none of them may be divided. Without any, a packet of no service.
void Cea708Encoder::begin_packet() {
  std::string block;
  is_open_ = !codes_.empty();
  while (!codes_.empty() && block.size() + codes_.front().size() <= kCea708LongestBlock) {
    block += codes_.front();
    codes_.pop_front();
  }
  const std::string packet = cea708_packet(sequence_++, block);
  packet_.assign(packet.begin(), packet.end());
  begins_packet_ = true;
}

}  // namespace dali
