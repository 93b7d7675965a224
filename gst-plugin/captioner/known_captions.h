// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <deque>
#include <mutex>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/decision.h"

namespace dali {

// The last captions, for the metas of media that come after them. Any thread; its lock is taken
// last.
class KnownCaptions {
 public:
  void remember(const Decision& caption, const GstStructure* structure);  // borrows both
  void forget(const Decision& caption);
  void forget_all();

  // Puts the meta and the classification of each caption that covers its time on the buffer, unless
  // somebody else holds it too: what goes on is the very same buffer.
  void attach_to(GstBuffer* buffer, const GstSegment& segment);

 private:
  struct KnownCaption {
    std::uint64_t window_id = 0;
    WindowSpan span;
    StructureHandle structure;
  };

  std::mutex mutex_;
  std::deque<KnownCaption> captions_;  // mutex_
  std::atomic<bool> has_any_ = false;  // spares most buffers the lock
};

}  // namespace dali
