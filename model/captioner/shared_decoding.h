// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "model/language/generation.h"

namespace dali {

// Where the windows of all who use a model are continued token by token, a pass of the decoder for
// all that are there: its weights are read once for them. Whoever has read its prompts waits for
// those that are still reading theirs, unless passes have begun; then it joins with the next. One
// of those who wait calls the decoder, so that there is no thread of its own, and on as many
// threads as that one computes with. Any thread.
class SharedDecoding {
 public:
  // A window's place: it has memory for keys and values, or is about to. It counts as reading its
  // prompt until it is continued. Borrows the SharedDecoding.
  class Place {
   public:
    explicit Place(SharedDecoding& decoding);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class SharedDecoding;
    SharedDecoding& decoding_;
    bool is_reading_ = true;  // decoding_.mutex_
  };

  // Whether less than so many windows have a place.
  bool has_room(std::size_t most) const;

  // A sequence and its window's place, both borrowed.
  struct Seated {
    Place* place = nullptr;
    Continuation* sequence = nullptr;
    std::stop_token stop = {};
  };

  // Continues all of these until each has ended or its stop is requested, which ends it within one
  // token.
  void run(Decoder decoder, std::span<const Seated> windows);

 private:
  struct Row {
    bool is_over() const { return sequence->has_ended() || stop.stop_requested(); }

    Continuation* sequence = nullptr;  // borrowed
    std::stop_token stop = {};
    bool is_in_pass = false;  // only who makes the pass looks at the sequence
  };

  bool may_begin() const;  // with mutex_ held
  // With `lock` held, but not meanwhile.
  void pass(Decoder decoder, std::unique_lock<std::mutex>& lock);

  mutable std::mutex mutex_;  // guards what follows; not held during a pass
  std::condition_variable changed_;
  std::vector<Row*> rows_;  // of all who wait in run()
  std::size_t places_ = 0;
  std::size_t reading_ = 0;  // of these
  bool has_begun_ = false;   // passes, which go on until no row is left
  bool is_in_pass_ = false;  // somebody calls the decoder
};

}  // namespace dali
