// SPDX-License-Identifier: LGPL-2.1-or-later
// What viewers get to read of events: whether it is said again too soon, and whether there is time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dali {

// A caption says that something starts, or that it still goes on.
struct Announcement {
  std::string recording;
  std::string name;
  double time_s = 0.0;
};

// How many come less than `refresh_s` after the one before of the same name in their recording.
// Times are to the millisecond.
std::size_t told_too_soon(std::vector<Announcement> announcements, double refresh_s);

struct ShownCaption {
  std::string recording;
  std::string text;
  double start_s = 0.0;
  double end_s = 0.0;
};

// How many have more characters, brackets among them, than can be read while they show; another
// caption that comes before the end takes the place. Times are to the millisecond.
std::size_t too_fast_to_read(std::vector<ShownCaption> captions, double characters_a_second);

}  // namespace dali
