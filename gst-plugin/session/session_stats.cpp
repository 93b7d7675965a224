// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/session_stats.h"

namespace dali {

void SessionStats::count(const Decision& decision) {
  if (decision.describe_ns > 0) last_describe_ns = decision.describe_ns;
  total_describe_ns += decision.describe_ns;
  described += decision.token_count > 0 ? 1 : 0;
  tokens += static_cast<std::uint64_t>(decision.token_count);
  timing += decision.timing;
  switch (decision.kind) {
    case Decision::Kind::kCaption:
      ++captions;
      break;
    case Decision::Kind::kSilence:
      ++silent;
      break;
    case Decision::Kind::kRejected:
      ++rejected;
      held_back += decision.is_held_back ? 1 : 0;
      break;
    case Decision::Kind::kFailed:
      ++failed;
      break;
    case Decision::Kind::kDropped:
      ++dropped;
      break;
    case Decision::Kind::kTimePassed:
    case Decision::Kind::kStreamEnd:
      break;
  }
}

}  // namespace dali
