// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gst-plugin/session/level_gate.h"
#include "gst-plugin/session/sampled_window.h"
#include "model/base/caption.h"

namespace dali {

// Decides what is worth showing: a level gate before the model, a look at the text after it.
// Windows come in the order of the stream, because it remembers what was heard and said before. Not
// thread-safe: the worker thread's own.
class CaptionFilter {
 public:
  // False for a window whose sound is silence: there is nothing to hear, and a model asked all the
  // same makes something up.
  bool is_worth_describing(const SampledWindow& window);

  // What the viewer is to see of a window's caption.
  struct Verdict {
    std::string text;           // one line; empty when it is not to be shown
    std::string reason;         // why not, in words
    bool says_nothing = false;  // it has no words
    bool extends_last = false;  // the same text as the caption before, and no time between the two
  };
  Verdict judge(const Caption& caption, const SampledWindow& window);

  void forget();  // at a stream's start and after a flush

 private:
  LevelGate gate_;
  std::string last_text_;
  std::int64_t last_end_ns_ = 0;  // where it stops being shown
};

// Whether some words are said over and over: one word four times in a row, several three times.
// Models that lose the thread do that until they run out of tokens.
bool is_repetition_loop(std::string_view text);

}  // namespace dali
