#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gst-plugin/session/sampled_window.h"
#include "model/base/caption.h"

namespace dali {

// Decides what is worth showing: a level gate before the model, a look at the text after it. The
// worker thread's own, so that it may remember the captions before.
class CaptionFilter {
 public:
  // False for a window whose sound is silence: there is nothing to hear, and a model asked all the
  // same makes something up.
  bool is_worth_describing(const SampledWindow& window) const;

  // The text as it is shown; nothing when there is nothing to show.
  std::optional<std::string> shown_text(const Caption& caption) const;
};

// One line of valid UTF-8 without "-->", control characters or surrounding spaces: webvttenc and
// srtenc write a caption as they get it, and either would end the cue.
std::string single_line(std::string_view text);

}  // namespace dali
