// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <type_traits>

#include "gst-plugin/captioner/captioner_element.h"

G_BEGIN_DECLS

#define GST_TYPE_DALI_CAPTIONER (gst_dali_captioner_get_type())
G_DECLARE_FINAL_TYPE(GstDaliCaptioner, gst_dali_captioner, GST, DALI_CAPTIONER, GstElement)

struct _GstDaliCaptioner {
  GstElement parent;
  GstPad* text_pad;  // owned by the element
  // An ElementState, built in init() and destroyed in finalize(). Bytes, so that the struct has the
  // standard layout that GObject counts on, whatever the state holds.
  alignas(dali::ElementState) std::byte state[sizeof(dali::ElementState)];
};
static_assert(std::is_standard_layout_v<_GstDaliCaptioner> && alignof(dali::ElementState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalicaptioner)

G_END_DECLS

namespace dali {

// `captioner` is a GstDaliCaptioner.
ElementState& state_of(gpointer captioner);

}  // namespace dali
