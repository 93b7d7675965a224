// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <mutex>

namespace dali {

// An input of a bin that was asked for and given back without having been linked: by someone who
// has tried a pad of another kind, as gst-launch does. Its source has not been shown, and whoever
// waits for it does so still, also when nothing can come on the input. Any thread may call it.
class TriedInput {
 public:
  TriedInput(GstBin* bin, const char* source_name);  // both borrowed, for good
  TriedInput(const TriedInput&) = delete;
  TriedInput& operator=(const TriedInput&) = delete;

  void remember();
  // A source that nothing is behind, on which an empty stream can be pushed: owned; null where none
  // was tried.
  GstPad* show_source();
  GstPad* source();  // owned; null until it is shown
  void forget();     // and hides the source

 private:
  GstBin* const bin_;
  const char* const source_name_;

  std::mutex mutex_;
  bool is_tried_ = false;     // under mutex_, as is
  GstPad* source_ = nullptr;  // borrowed
};

}  // namespace dali
