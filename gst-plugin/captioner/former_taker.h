// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// The pad that an output was linked to when it went away with its input.
//
// Whoever links by trial, as gst-launch does with every pad that a demuxer shows, asks for an
// input, finds that the pad does not fit and gives the input back. Its output has been there
// meanwhile, and was linked by whoever waited for it, who does so only once. So the link is part of
// what comes back when the input is asked for again. Any thread may call it.
class FormerTaker {
 public:
  FormerTaker() { g_weak_ref_init(&pad_, nullptr); }
  ~FormerTaker() { g_weak_ref_clear(&pad_); }
  FormerTaker(const FormerTaker&) = delete;
  FormerTaker& operator=(const FormerTaker&) = delete;

  // Before `source` (borrowed) is taken down. Linked to nothing, it is remembered as that.
  void remember(GstPad* source);
  // The pad, owned; null when there is none, or it is linked to another output by now.
  GstPad* get() const;
  // Links `source` (borrowed), which `element` is about to show, to the pad again, if it is still
  // in the bin that the element is in.
  void link_again(GstElement* element, GstPad* source) const;

 private:
  mutable GWeakRef pad_;
};

}  // namespace dali
