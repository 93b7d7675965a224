// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <optional>
#include <type_traits>

#include "gst-plugin/text/text_shape_settings.h"
#include "gst-plugin/text_buffers.h"
#include "gst-plugin/text_loss.h"
#include "gst-plugin/typesetting/text_shaper.h"

namespace dali {

// Everything of a dalitextshape that is C++. No lock is held while anything is pushed or posted.
struct TextShapeState {
  explicit TextShapeState(GstElement* element) : loss(element) {}

  TextShapeSettings settings;  // object lock

  // The streaming thread's, and change_state's while no pad is active:
  TextFormat format = TextFormat::kUtf8;  // of what comes
  bool sends_markup = false;
  GstSegment segment = {};
  TextShaper shaper;
  std::optional<GstClockTime> covered_until;  // by text or gaps sent, in the segment's time
  TextLossReport loss;
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_TEXT_SHAPE (gst_dali_text_shape_get_type())
G_DECLARE_FINAL_TYPE(GstDaliTextShape, gst_dali_text_shape, GST, DALI_TEXT_SHAPE, GstElement)

struct _GstDaliTextShape {
  GstElement parent;
  GstPad* sink;  // both owned by the element
  GstPad* source;
  // A TextShapeState, built in init() and destroyed in finalize().
  alignas(dali::TextShapeState) std::byte state[sizeof(dali::TextShapeState)];
};
static_assert(std::is_standard_layout_v<_GstDaliTextShape> && alignof(dali::TextShapeState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalitextshape)

G_END_DECLS
