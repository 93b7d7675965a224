// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/revival.h"

#include <algorithm>

#include "pipelines/serve/exception_barrier.h"

namespace dali {
namespace {

constexpr guint kLongestPauseSeconds = 60;

}  // namespace

void Revival::schedule() {
  const auto wake = [](gpointer self) -> gboolean {
    auto* const revival = static_cast<Revival*>(self);
    revival->pause_.forget();
    no_exception_escapes([&] { revival->revive(); });
    return G_SOURCE_REMOVE;
  };
  pause_ = LoopSource(g_timeout_add_seconds(pause_seconds_, wake, this));
  pause_seconds_ = std::min(2 * pause_seconds_, kLongestPauseSeconds);
}

void Revival::revive() {
  ++count_;
  try {
    begin_();
  } catch (...) {
    schedule();
    throw;
  }
}

}  // namespace dali
