// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/caption_classification.h"

#if DALI_HAS_GST_ANALYTICS
#include <gst/analytics/analytics.h>

#include <algorithm>
#include <cmath>
#endif

namespace dali {

#if DALI_HAS_GST_ANALYTICS
void add_caption_classification(GstBuffer* buffer, const GstStructure* caption) {
  const gchar* text = gst_structure_get_string(caption, "text");
  double mean_log_probability = 0.0;
  if (!text || !gst_structure_get_double(caption, "mean-log-probability", &mean_log_probability)) {
    return;
  }
  // One a buffer: that of a detector upstream, if there is one.
  GstAnalyticsRelationMeta* results = gst_buffer_get_analytics_relation_meta(buffer);
  if (!results) results = gst_buffer_add_analytics_relation_meta(buffer);
  if (!results) return;
  const auto confidence = static_cast<gfloat>(std::min(std::exp(mean_log_probability), 1.0));
  GstAnalyticsClsMtd classification;
  gst_analytics_relation_meta_add_one_cls_mtd(results, confidence, g_quark_from_string(text),
                                              &classification);
}
#else
void add_caption_classification(GstBuffer* /*buffer*/, const GstStructure* /*caption*/) {}
#endif

}  // namespace dali
