// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <type_traits>

#include "gst-plugin/bins/subtitle_branches.h"

G_BEGIN_DECLS

#define GST_TYPE_DALI_SUBTITLE_BIN (gst_dali_subtitle_bin_get_type())
G_DECLARE_FINAL_TYPE(GstDaliSubtitleBin, gst_dali_subtitle_bin, GST, DALI_SUBTITLE_BIN, GstBin)

struct _GstDaliSubtitleBin {
  GstBin parent;
  // A SubtitleBranches, as in GstDaliCaptioner.
  alignas(dali::SubtitleBranches) std::byte branches[sizeof(dali::SubtitleBranches)];
};
static_assert(std::is_standard_layout_v<_GstDaliSubtitleBin> &&
              alignof(dali::SubtitleBranches) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalisubtitlebin)

G_END_DECLS
