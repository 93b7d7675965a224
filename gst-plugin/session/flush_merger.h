// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// Makes one flush of the text out of the flushes of both inputs: a seek flushes each with the same
// seqnum, together or one after the other. Not thread-safe: its session's lock guards it.
class FlushMerger {
 public:
  // True: the first of its seek, so the text flushes too. False: it joins one that has begun.
  bool begin(Input input, std::uint32_t seqnum);
  // True: no input is flushing any more, so the text's flush ends too.
  bool end(Input input);

  bool is_flushing(Input input) const { return state(input).is_flushing; }
  bool is_text_flushing() const { return is_text_flushing_; }
  std::uint32_t seqnum() const { return seqnum_.value_or(0); }  // of the latest
  void reset();
  // Its pad is gone. Returns as end() does.
  bool forget(Input input);

 private:
  struct InputState {
    bool is_flushing = false;
    bool has_joined = false;  // the flush of seqnum_
  };
  InputState& state(Input input) { return inputs_[static_cast<std::size_t>(input)]; }
  const InputState& state(Input input) const { return inputs_[static_cast<std::size_t>(input)]; }

  std::array<InputState, 2> inputs_;
  std::optional<std::uint32_t> seqnum_;
  bool is_text_flushing_ = false;
};

}  // namespace dali
