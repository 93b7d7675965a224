// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst-plugin/text/gstdalicea608enc.h"

G_BEGIN_DECLS

// A dalicea608enc whose frames hold CEA-708 as well: all but the source's caps is that one's.
#define GST_TYPE_DALI_CEA708_ENC (gst_dali_cea708_enc_get_type())
G_DECLARE_FINAL_TYPE(GstDaliCea708Enc, gst_dali_cea708_enc, GST, DALI_CEA708_ENC, GstDaliCea608Enc)

struct _GstDaliCea708Enc {
  GstDaliCea608Enc parent;
};

GST_ELEMENT_REGISTER_DECLARE(dalicea708enc)

G_END_DECLS
