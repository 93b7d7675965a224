// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/references.h"

#include <gst/gst.h>

#include <array>

namespace dali {
namespace {

constexpr std::array kElements = {
    "hlsdemux",     "hlsdemux2",        "dashdemux",    "dashdemux2",   "mssdemux",
    "mssdemux2",    "sdpdemux",         "sdpsrc",       "gnlurisource", "nleurisource",
    "splitfilesrc", "imagesequencesrc", "multifilesrc", "rtspsrc",      "rtspsrc2",
    "rtmpsrc",      "rtmp2src",         "dvdreadsrc",   "avdemux_dash", "avdemux_concat"};

}  // namespace

void refuse_references() {
  for (const char* element : kElements) {
    GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), element);
    if (feature == nullptr) continue;
    gst_plugin_feature_set_rank(feature, GST_RANK_NONE);
    gst_object_unref(feature);
  }
}

}  // namespace dali
