// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/flush_merger.h"

namespace dali {

bool FlushMerger::begin(Input input, std::uint32_t seqnum) {
  InputState& flushed = state(input);
  // The same input twice is two seeks, whatever the seqnum says.
  const bool joins = seqnum_ == seqnum && !flushed.has_joined;
  if (!joins) {
    for (InputState& other : inputs_) other.has_joined = false;
    seqnum_ = seqnum;
    is_text_flushing_ = true;
  }
  flushed.is_flushing = true;
  flushed.has_joined = true;
  return !joins;
}

bool FlushMerger::end(Input input) {
  state(input).is_flushing = false;
  for (const InputState& other : inputs_) {
    if (other.is_flushing) return false;
  }
  const bool was_text_flushing = is_text_flushing_;
  is_text_flushing_ = false;
  return was_text_flushing;
}

void FlushMerger::reset() {
  *this = FlushMerger();
}

bool FlushMerger::forget(Input input) {
  const bool is_last = end(input);
  state(input) = InputState();
  return is_last;
}

}  // namespace dali
