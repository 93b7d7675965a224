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
#include "gst-plugin/typesetting/cea608_encoder.h"
#include "gst-plugin/typesetting/text_segments.h"

namespace dali {

// Turns captions into the packets of CEA-708's caption channel, service 1, beside the CEA-608 that
// a Cea608Encoder of the same settings makes of them: the same modes and places, on lines of 32
// columns, in the text's own letters. For one thread.
//
// Whole captions are sent into one of two windows while the other shows; those that roll up, into a
// window of their mode's rows. The channel takes ten times the letters that CEA-608 does, so only
// what is over before it could be sent is lost.
class Cea708Encoder {
 public:
  explicit Cea708Encoder(const Cea608Settings& settings) : settings_(settings) {}

  // As Cea608Encoder has it.
  void add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns);

  // What the frame at `frame_ns` carries: up to `most` triplets of cc_data, three bytes each, none
  // of them padding. Frames come in order. Every caption that starts before frame_ns plus the
  // lookahead of the encoder beside it must have been added.
  std::vector<std::uint8_t> next(std::int64_t frame_ns, std::size_t most);

  // Whether nothing is shown, being sent or still to come.
  bool is_idle() const;

  std::vector<CaptionLoss> take_losses();

 private:
  struct Cue {
    CaptionPage lines;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::string caption;
    int window = 0;
  };

  bool is_due(std::int64_t time_ns, std::int64_t frame_ns) const;
  bool takes_next_cue(std::int64_t frame_ns);
  void send_due(std::int64_t frame_ns);
  void send_rolled(std::int64_t frame_ns);
  void send_whole(std::int64_t frame_ns);
  void load(const Cue& cue);
  void send(std::string code);
  void send_line(const std::string& line);
  void begin_packet();

  const Cea608Settings settings_;
  TextSegmenter segmenter_;

  std::deque<Cue> cues_;             // in order, none of them begun
  std::optional<Cue> loaded_;        // sent whole, or being sent, and not yet shown
  std::optional<Cue> shown_;         // begun last, of those that show
  std::deque<std::string> codes_;    // commands and characters that no packet holds yet
  std::deque<std::uint8_t> packet_;  // what is left of the one that is being sent
  bool begins_packet_ = false;
  bool is_open_ = false;  // the last packet has a service, and no other has begun behind it
  int sequence_ = 0;
  std::vector<CaptionLoss> losses_;
};

}  // namespace dali
