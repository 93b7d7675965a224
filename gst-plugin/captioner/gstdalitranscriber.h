// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DALI_TRANSCRIBER (gst_dali_transcriber_get_type())
G_DECLARE_FINAL_TYPE(GstDaliTranscriber, gst_dali_transcriber, GST, DALI_TRANSCRIBER, GstBin)

// A dalicaptioner of sound alone, with the pads and properties that gst-plugins-rs wants of a
// transcriber, so that its transcriberbin can be given one.
struct _GstDaliTranscriber {
  GstBin parent;
  GstElement* captioner;  // borrowed: the bin owns it
};

GST_ELEMENT_REGISTER_DECLARE(dalitranscriber)

G_END_DECLS
