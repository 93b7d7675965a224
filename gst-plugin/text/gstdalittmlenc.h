// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstddef>
#include <type_traits>

#include "gst-plugin/text/text_timeline.h"
#include "gst-plugin/text/ttml_output.h"

namespace dali {

// Everything of a dalittmlenc that is C++.
struct TtmlEncState {
  TtmlEncState(GstElement* element, GstPad* source) : output(element, source) {}

  TtmlSettings settings;                 // object lock
  std::atomic<GstClockTime> latency{0};  // any thread

  // The streaming thread's, and change_state's while no pad is active:
  TextTimeline timeline;
  TtmlOutput output;
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_TTML_ENC (gst_dali_ttml_enc_get_type())
G_DECLARE_FINAL_TYPE(GstDaliTtmlEnc, gst_dali_ttml_enc, GST, DALI_TTML_ENC, GstElement)

struct _GstDaliTtmlEnc {
  GstElement parent;
  GstPad* sink;  // both owned by the element
  GstPad* source;
  // A TtmlEncState, built in init() and destroyed in finalize().
  alignas(dali::TtmlEncState) std::byte state[sizeof(dali::TtmlEncState)];
};
static_assert(std::is_standard_layout_v<_GstDaliTtmlEnc> && alignof(dali::TtmlEncState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalittmlenc)

G_END_DECLS
