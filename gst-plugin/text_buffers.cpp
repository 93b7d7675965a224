#include "gst-plugin/text_buffers.h"

#include <algorithm>

namespace dali {
namespace {

// So that times can be added without overflow, as signed numbers too: a hundred years.
constexpr GstClockTime kLongestTime = GST_SECOND * 60 * 60 * 24 * 365 * 100;

}  // namespace

std::string text_of(GstBuffer* buffer) {
  std::string text(gst_buffer_get_size(buffer), '\0');
  gst_buffer_extract(buffer, 0, text.data(), text.size());
  while (text.ends_with('\0')) text.pop_back();
  return text;
}

TimeSpan time_of(const GstBuffer* buffer, GstClockTime otherwise) {
  TimeSpan time;
  time.start =
      std::min(GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : otherwise, kLongestTime);
  const GstClockTime duration =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
  time.end = time.start + std::min(duration, kLongestTime);
  return time;
}

}  // namespace dali
