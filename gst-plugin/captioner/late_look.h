// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <functional>
#include <mutex>

namespace dali {

// Looks again and again, for what nothing that flows tells: a short file has ended before a
// decodebin elsewhere in the pipeline has shown what it found, and whether an input can still come
// is known only then. Any thread.
class LateLook {
 public:
  // Whether there is nothing to look for any more. Called in a thread of GStreamer's pool.
  using Look = std::function<bool()>;

  // In place of what was looked for before. Borrows the element, which has this.
  void begin(GstElement* element, Look look);
  // The look is not called any more when this returns: not for who holds a lock that it takes.
  void cancel();

 private:
  struct Run;
  // Returns the number of what is to be looked for next.
  int end_looking();
  static void run(GstElement* element, gpointer run);
  void look_until_done(GstElement* element, int number, const Look& look);

  std::mutex mutex_;
  std::condition_variable changed_;
  int number_ = 0;           // under mutex_, of what is looked for now; as is
  bool is_looking_ = false;  // whether the look is being called
};

}  // namespace dali
