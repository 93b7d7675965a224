// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/typesetting/caption_loss.h"
#include "gst-plugin/typesetting/text_shaper.h"
#include "media/text/ttml_document.h"

namespace dali {

// Makes the paragraphs of TTML documents out of captions: one at a time, on lines of so many
// columns. For one thread.
//
// A caption that the next one overlaps ends with its start. One that takes more lines becomes
// several paragraphs that share its time, and a word longer than a line is cut. Words and times are
// otherwise the captions', however fast a reader has to be.
class TtmlCues {
 public:
  TtmlCues(int columns, int lines);

  // `text` is UTF-8. Lines that it comes on, apart by '\n', stay if they fit. Captions come in the
  // order of their starts.
  void add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns);

  // What is shown from the last such time on to `time_ns`. What lasts longer is given in two parts,
  // and what is added later begins there at the earliest.
  std::vector<TtmlParagraph> take_until(std::int64_t time_ns);

  // Where the last caption ends; nothing when all of them have been taken.
  std::optional<std::int64_t> end_ns() const;

  // Texts that no document holds.
  std::vector<CaptionLoss> take_losses();

 private:
  struct Caption {
    std::string text;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
  };
  // On lines, in nanoseconds.
  struct Page {
    TimedText shown;
    Caption caption;        // of which it is a part
    bool is_begun = false;  // taken as far as a document went
  };

  void end_all_by(std::int64_t time_ns);
  void set_on_lines(const Caption& caption);
  std::optional<std::string> on_own_lines(std::string_view text);

  ShapeSettings settings_;
  TextShaper shaper_;
  TextSegmenter segmenter_;
  std::optional<Caption> last_;  // whose end the next one may still change
  std::deque<Page> pages_;       // of those before it
  std::int64_t taken_until_ns_ = 0;
  std::vector<CaptionLoss> losses_;
};

}  // namespace dali
