// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/typesetting/line_breaking.h"
#include "gst-plugin/typesetting/text_segments.h"

namespace dali {

// How a caption shows that it describes a sound and is nobody's speech.
enum class LabelStyle {
  kPlain,     // as it came
  kBrackets,  // "[a dog barks]"
  kCaps,      // "A DOG BARKS"
};

// How a caption of what is heard and not seen shows that.
enum class OffScreenStyle {
  kPlain,    // not at all
  kItalics,  // in italics, where what shows it has them; else as kLabel
  kLabel,    // "a dog barks (off)", "[a dog barks (off)]"
};

// The limits that what is shown keeps. Where two cannot both be kept the first of them is:
// min_duration_ns before max_duration_ns.
struct ShapeSettings {
  int columns = 42;
  int lines = 2;
  int characters_per_second = 17;
  std::int64_t min_duration_ns = 833'000'000;
  std::int64_t max_duration_ns = 7'000'000'000;
  // From the end of what is shown to the start of what is shown next. With may_follow_at_once, what
  // is due already when the last one ends may also follow without any gap.
  std::int64_t min_gap_ns = 84'000'000;
  bool may_follow_at_once = false;
  // How long after the end of its sound a caption may still be shown.
  std::int64_t max_delay_ns = 3'000'000'000;
  LabelStyle label_style = LabelStyle::kPlain;
  OffScreenStyle off_screen_style = OffScreenStyle::kPlain;
  std::string off_screen_label = "(off)";
};

struct TimedText {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::string text;
};

struct ShapedText {
  std::vector<TimedText> shown;  // in order; lines apart by '\n', not at the end
  std::string lost;              // what of the caption's words is shown nowhere; mostly empty
};

// Makes what can be read in time out of captions of any length. For one thread.
//
// A caption that does not fit a page of `columns` times `lines`, or that takes more than the
// longest duration to read, becomes several pages, one after the other. They start no earlier than
// the caption and share the time to its end. What has not been read at the reading speed by then
// runs on, at most for max_delay_ns; what has no time left is cut off at the end of a word, with
// "…" in its place. A word longer than a line is cut with "…" too. A caption that cannot be shown
// for min_duration_ns is lost as a whole.
class TextShaper {
 public:
  // Captions come in the order of their starts. One that repeats what is still shown then follows
  // without a gap, so that it does not blink. Without an end, a caption takes the time that its
  // reading needs. `label`, if not empty, stands behind the caption, within its brackets.
  ShapedText shape(std::string_view caption, std::int64_t start_ns,
                   std::optional<std::int64_t> end_ns, const ShapeSettings& settings,
                   std::string_view label = {});

  // Where the last text shown ends, in the captions' time; nothing before the first.
  std::optional<std::int64_t> shown_until_ns() const { return shown_until_ns_; }
  // The captions' time has a new origin, or has been left behind.
  void set_shown_until(std::optional<std::int64_t> time_ns) { shown_until_ns_ = time_ns; }

 private:
  std::vector<TextSegment> fitting_segments(std::string_view text, const PageLimits& limits,
                                            const std::string& closing, std::string& lost);
  std::int64_t first_moment(const std::string& text, std::int64_t start_ns,
                            const ShapeSettings& settings) const;
  std::vector<TextPage> pages_in_time(const std::vector<TextSegment>& segments,
                                      const PageLimits& limits, const std::string& closing,
                                      std::int64_t available_ns, const ShapeSettings& settings,
                                      std::string& lost);

  TextSegmenter segmenter_;
  std::optional<std::int64_t> shown_until_ns_;
  std::string shown_text_;  // the whole caption that is shown until then
};

}  // namespace dali
