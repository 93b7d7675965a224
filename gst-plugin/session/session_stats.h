// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "gst-plugin/session/decision.h"
#include "model/base/caption.h"

namespace dali {

// A session's windows since it started, in numbers.
struct SessionStats {
  std::uint64_t windows = 0;          // cut
  std::uint64_t captions = 0;         // of these: captioned,
  std::uint64_t silent = 0;           //   with nothing to hear,
  std::uint64_t rejected = 0;         //   with nothing worth showing,
  std::uint64_t held_back = 0;        //     of these for the level of detail,
  std::uint64_t failed = 0;           //   refused by the model,
  std::uint64_t dropped = 0;          //   given up
  int pending = 0;                    //   or waiting
  std::int64_t last_describe_ns = 0;  // the model's time for the last window
  std::int64_t total_describe_ns = 0;
  std::uint64_t described = 0;  // windows that the model answered,
  std::uint64_t tokens = 0;     //   in so many tokens,
  CaptionTiming timing;         //   and where the time of all of them went

  // What became of a window, and what it took.
  void count(const Decision& decision);
};

}  // namespace dali
