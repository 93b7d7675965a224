// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstddef>
#include <type_traits>

#include "gst-plugin/text/closed_caption_output.h"
#include "gst-plugin/text/text_timeline.h"

namespace dali {

// Everything of a dalicea608enc, or of a dalicea708enc, that is C++.
struct Cea608EncState {
  Cea608EncState(GstElement* element, GstPad* source) : output(element, source) {}

  Cea608Settings settings;               // object lock
  std::atomic<GstClockTime> latency{0};  // any thread

  // The streaming thread's, and change_state's while no pad is active:
  TextTimeline timeline;
  ClosedCaptionOutput output;
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_CEA608_ENC (gst_dali_cea608_enc_get_type())
GType gst_dali_cea608_enc_get_type(void);

// G_DECLARE_DERIVABLE_TYPE would leave the struct without members.
typedef struct _GstDaliCea608Enc GstDaliCea608Enc;
typedef struct {
  GstElementClass parent_class;
} GstDaliCea608EncClass;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GstDaliCea608Enc, gst_object_unref)

static inline GstDaliCea608Enc* GST_DALI_CEA608_ENC(gpointer encoder) {
  return G_TYPE_CHECK_INSTANCE_CAST(encoder, GST_TYPE_DALI_CEA608_ENC, GstDaliCea608Enc);
}

struct _GstDaliCea608Enc {
  GstElement parent;
  GstPad* sink;  // both owned by the element
  GstPad* source;
  // A Cea608EncState, built in constructed() and destroyed in finalize().
  alignas(dali::Cea608EncState) std::byte state[sizeof(dali::Cea608EncState)];
};
static_assert(std::is_standard_layout_v<_GstDaliCea608Enc> && alignof(dali::Cea608EncState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalicea608enc)

G_END_DECLS
