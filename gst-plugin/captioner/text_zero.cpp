// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/text_zero.h"

#include <algorithm>

namespace dali {

void TextZero::set_present(Input input, bool is_present) {
  Start& start = starts_[static_cast<std::size_t>(input)];
  start = Start();
  start.is_present = is_present;
  find();
}

void TextZero::begin(Input input, std::uint64_t first_ns) {
  Start& start = starts_[static_cast<std::size_t>(input)];
  if (!start.first_ns) start.first_ns = first_ns;
  find();
}

void TextZero::pass(Input input, std::uint64_t until_ns) {
  Start& start = starts_[static_cast<std::size_t>(input)];
  start.nothing_before_ns = std::max(start.nothing_before_ns, until_ns);
  find();
}

void TextZero::set(std::uint64_t zero_ns) {
  if (!zero_ns_) zero_ns_ = zero_ns;
}

void TextZero::reset() {
  zero_ns_.reset();
  for (Start& start : starts_) {
    start.first_ns.reset();
    start.nothing_before_ns = 0;
  }
}

void TextZero::find() {
  if (zero_ns_) return;
  std::uint64_t earliest_ns = kNever;
  for (const Start& start : starts_)
    earliest_ns = std::min(earliest_ns, start.first_ns.value_or(kNever));
  bool has_any = false;
  for (const Start& start : starts_) {
    if (!start.is_present) continue;
    if (!start.first_ns && start.nothing_before_ns < earliest_ns) return;
    has_any = true;
  }
  if (has_any) zero_ns_ = earliest_ns == kNever ? 0 : earliest_ns;
}

// Sound and picture of one file may count their timestamps from different starts (edit lists, an
// encoder's delay) and so could not be the measure of both; their stream time is the same.
GstSegment text_segment(const GstSegment& media, TimeZero zero, std::uint64_t first_moment_ns) {
  if (media.rate <= 0.0 || !GST_CLOCK_TIME_IS_VALID(media.time)) return media;
  GstSegment text = media;
  // Media time from the segment's start to where the text's begins: behind what a pad's offset has
  // taken off, and not before the first moment.
  guint64 skipped_ns = media.offset;
  if (zero == TimeZero::kFirstMoment && first_moment_ns > media.time) {
    skipped_ns = std::max(skipped_ns, first_moment_ns - media.time);
  }
  text.time = media.time + skipped_ns;
  text.base += static_cast<guint64>(static_cast<double>(skipped_ns - media.offset) / media.rate);
  text.offset = 0;
  text.start = zero == TimeZero::kRunningTime ? text.base : text.time - first_moment_ns;
  text.position = text.start;
  text.stop = GST_CLOCK_TIME_NONE;
  return text;
}

}  // namespace dali
