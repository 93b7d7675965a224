// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/typesetting/caption_loss.h"
#include "gst-plugin/typesetting/caption_pages.h"
#include "gst-plugin/typesetting/cea608_characters.h"
#include "gst-plugin/typesetting/cea608_codes.h"
#include "gst-plugin/typesetting/text_segments.h"

namespace dali {

enum class Cea608Mode {
  kRollUp2,  // lines come in at the bottom as they are sent, and push 1, 2 or 3 others up
  kRollUp3,
  kRollUp4,
  kPopOn,    // a caption is sent while nothing shows, and then stands there as a whole
  kPaintOn,  // a caption is written where it is to stand, as it is sent
};

struct Cea608Settings {
  Cea608Mode mode = Cea608Mode::kRollUp2;
  Cea608Channel channel = Cea608Channel::kCc1;
  int row = kCea608Rows;                       // of the lowest line
  std::int64_t frame_ns = 1'001'000'000 / 30;  // from one pair to the next
};

// How many rows roll up; 0 in the other modes.
int rolled_rows(Cea608Mode mode);

// How long before it shows a caption must be known. Pop-on: the time that two full rows take to
// send, with some accents; 0 in the other modes, which show what they send.
std::int64_t cea608_lookahead_ns(const Cea608Settings& settings);

// Turns captions into the pairs of successive frames. For one thread.
//
// Lines longer than 32 columns, and more of them than a mode shows at once, are set anew, on pages
// that follow each other in their caption's time. A page, which mostly is the whole caption, that
// cannot start to show before it should have ended, because those before it still take all frames,
// is lost; none is ever sent in part.
class Cea608Encoder {
 public:
  explicit Cea608Encoder(const Cea608Settings& settings) : settings_(settings) {}

  // `text` is UTF-8, lines apart by '\n'. Captions come in the order of their starts. One that says
  // what is still shown lets it stay: sent again, it would blink, or roll up a second time.
  void add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns);

  // The pair of the frame at `frame_ns`; frames come in order. Every caption that starts before
  // frame_ns + lookahead_ns() must have been added.
  Cea608Pair next(std::int64_t frame_ns);

  std::int64_t lookahead_ns() const { return cea608_lookahead_ns(settings_); }

  // Whether nothing is shown, being sent or still to come.
  bool is_idle() const;

  std::vector<CaptionLoss> take_losses();

 private:
  // What shows at once.
  struct Cue {
    CaptionPage lines;  // of CEA-608's characters
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::string caption;
  };
  struct Unit {
    Cea608Pair pair;
    bool is_control = false;  // sent twice

    bool operator==(const Unit&) const = default;
  };

  std::vector<CaptionPage> pages_of(std::string_view text, std::string& lost);
  bool is_due(std::int64_t time_ns, std::int64_t frame_ns) const;

  std::optional<Unit> choose(std::int64_t frame_ns);
  std::optional<Unit> choose_loading(std::int64_t frame_ns);
  bool begin_next_cue(std::int64_t frame_ns);
  void lose(const Cue& cue);

  void send_command(Cea608Command command);
  void send_position(int row, int column);
  void send_line(const std::string& line);
  void send_cue(const Cue& cue);
  std::int64_t sending_ns() const;

  const Cea608Settings settings_;
  Cea608Transliterator transliterator_;
  TextSegmenter segmenter_;

  std::deque<Cue> cues_;              // in order, none of them begun
  std::deque<Unit> sending_;          // the rest of the cue that is being sent
  std::optional<Cea608Pair> repeat_;  // the second half of a control code: before all else
  std::optional<Cue> loading_;        // pop-on: what sending_ sends, or has sent
  std::optional<std::int64_t> shown_until_ns_;  // nothing shows when there is none
  CaptionPage begun_lines_;                     // of the cue that was begun last
  std::vector<CaptionLoss> losses_;
};

}  // namespace dali
