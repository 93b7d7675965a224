// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text_loss.h"

#include "gst-plugin/debug_categories.h"

#define GST_CAT_DEFAULT dali::category_of(element_)

namespace dali {
namespace {

constexpr gint64 kWarningIntervalUs = 10 * G_USEC_PER_SEC;

}  // namespace

void TextLossReport::post(const std::string& text, const std::string& caption,
                          GstClockTime timestamp, const char* reason) {
  GST_INFO_OBJECT(element_, "lost \"%s\" of \"%s\" at %" GST_TIME_FORMAT ": %s", text.c_str(),
                  caption.c_str(), GST_TIME_ARGS(timestamp), reason);
  GstStructure* loss =
      gst_structure_new(kTextLostName, "text", G_TYPE_STRING, text.c_str(), "caption",
                        G_TYPE_STRING, caption.c_str(), "timestamp", G_TYPE_UINT64,
                        static_cast<guint64>(timestamp), "reason", G_TYPE_STRING, reason, nullptr);
  gst_element_post_message(element_, gst_message_new_element(GST_OBJECT(element_), loss));
  const gint64 now_us = g_get_monotonic_time();
  gint64 next_us = next_warning_us_;
  if (now_us < next_us) return;
  // Another thread may be about to warn, too.
  if (!next_warning_us_.compare_exchange_strong(next_us, now_us + kWarningIntervalUs)) return;
  GST_ELEMENT_WARNING(element_, STREAM, ENCODE, ("Lost \"%s\": %s.", text.c_str(), reason),
                      ("caption at %" GST_TIME_FORMAT, GST_TIME_ARGS(timestamp)));
}

}  // namespace dali
