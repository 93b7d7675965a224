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
  // A CaptionerElement, built in init() and destroyed in finalize(). Bytes, so that the struct has
  // the standard layout that GObject counts on, whatever the class holds.
  alignas(dali::CaptionerElement) std::byte captioner[sizeof(dali::CaptionerElement)];
};
static_assert(std::is_standard_layout_v<_GstDaliCaptioner> &&
              alignof(dali::CaptionerElement) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalicaptioner)

G_END_DECLS

namespace dali {

// `captioner` is a GstDaliCaptioner.
CaptionerElement& captioner_of(gpointer captioner);

}  // namespace dali
