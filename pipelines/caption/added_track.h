// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dali {

// A track that an output has beside those of its medium, written in step with them. One thread.
class AddedTrack {
 public:
  virtual ~AddedTrack() = default;

  // Writes what begins before a time from the medium's first presented moment.
  virtual void write_until(std::int64_t time_us) = 0;
  virtual void write_all() = 0;

  // What it does not hold of the captions: a clause each, mostly none.
  virtual std::vector<std::string> losses() const { return {}; }
};

}  // namespace dali
