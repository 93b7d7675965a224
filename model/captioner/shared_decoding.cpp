// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/shared_decoding.h"

#include <algorithm>
#include <list>
#include <utility>

namespace dali {

SharedDecoding::Place::Place(SharedDecoding& decoding) : decoding_(decoding) {
  const std::lock_guard lock(decoding_.mutex_);
  ++decoding_.places_;
  ++decoding_.reading_;
}

SharedDecoding::Place::~Place() {
  const std::lock_guard lock(decoding_.mutex_);
  --decoding_.places_;
  if (is_reading_) --decoding_.reading_;
  decoding_.changed_.notify_all();
}

bool SharedDecoding::has_room(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  return places_ < most;
}

bool SharedDecoding::may_begin() const {
  return !is_in_pass_ && (has_begun_ || reading_ == 0);
}

void SharedDecoding::run(Decoder decoder, std::span<const Seated> windows) {
  std::list<Row> own;
  for (const Seated& window : windows) {
    own.push_back({.sequence = window.sequence, .stop = window.stop});
  }
  const auto wake = [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  };
  // Made and taken down without the lock, which they take.
  std::list<std::stop_callback<decltype(wake)>> waking;
  for (const Row& row : own) waking.emplace_back(row.stop, wake);
  std::unique_lock lock(mutex_);
  rows_.reserve(rows_.size() + own.size());  // so that nothing below throws
  for (const Seated& window : windows) {
    if (std::exchange(window.place->is_reading_, false)) --reading_;
  }
  for (Row& row : own) rows_.push_back(&row);
  changed_.notify_all();
  // A pass that another makes ends within a token, so it is waited for even after a stop.
  const auto are_over = [&] {
    return std::ranges::all_of(own,
                               [](const Row& row) { return !row.is_in_pass && row.is_over(); });
  };
  while (!are_over()) {
    if (may_begin()) {
      pass(decoder, lock);
    } else {
      changed_.wait(lock, [&] { return are_over() || may_begin(); });
    }
  }
  std::erase_if(rows_, [&](const Row* row) {
    return std::ranges::any_of(own, [&](const Row& mine) { return &mine == row; });
  });
  if (rows_.empty()) has_begun_ = false;
  changed_.notify_all();  // another calls the decoder from now on
}

void SharedDecoding::pass(Decoder decoder, std::unique_lock<std::mutex>& lock) {
  std::vector<Row*> rows;
  std::vector<Continuation*> sequences;
  rows.reserve(rows_.size());
  sequences.reserve(rows_.size());
  for (Row* const row : rows_) {
    if (row->is_over()) continue;
    row->is_in_pass = true;
    rows.push_back(row);
    sequences.push_back(row->sequence);
  }
  has_begun_ = true;
  is_in_pass_ = true;
  lock.unlock();
  continue_together(std::move(decoder), sequences);
  lock.lock();
  is_in_pass_ = false;
  for (Row* const row : rows) row->is_in_pass = false;
  if (std::ranges::any_of(rows, &Row::is_over)) changed_.notify_all();
}

}  // namespace dali
