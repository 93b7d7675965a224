// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstddef>
#include <type_traits>

#include "gst-plugin/text/cea608_output.h"
#include "gst-plugin/text_buffers.h"

namespace dali {

// Everything of a dalicea608enc that is C++.
struct Cea608EncState {
  Cea608EncState(GstElement* element, GstPad* source) : output(element, source) {}

  Cea608Settings settings;               // object lock
  std::atomic<GstClockTime> latency{0};  // any thread

  // The streaming thread's, and change_state's while no pad is active:
  TextFormat format = TextFormat::kUtf8;
  GstSegment segment = {};
  GstClockTime known_until = 0;  // in the segment's time
  Cea608Output output;
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_CEA608_ENC (gst_dali_cea608_enc_get_type())
G_DECLARE_FINAL_TYPE(GstDaliCea608Enc, gst_dali_cea608_enc, GST, DALI_CEA608_ENC, GstElement)

struct _GstDaliCea608Enc {
  GstElement parent;
  GstPad* sink;  // both owned by the element
  GstPad* source;
  // A Cea608EncState, built in init() and destroyed in finalize().
  alignas(dali::Cea608EncState) std::byte state[sizeof(dali::Cea608EncState)];
};
static_assert(std::is_standard_layout_v<_GstDaliCea608Enc> && alignof(dali::Cea608EncState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalicea608enc)

G_END_DECLS
