// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/known_captions.h"

#include "gst-plugin/caption_classification.h"
#include "gst-plugin/caption_meta.h"

namespace dali {
namespace {

// One for each of two overlapping windows, and spare. Of windows that overlap more, only the last
// captions are known.
constexpr std::size_t kMostCaptions = 4;

}  // namespace

void KnownCaptions::remember(const Decision& caption, const GstStructure* structure) {
  const std::lock_guard lock(mutex_);
  captions_.push_back({.window_id = caption.window_id,
                       .span = caption.span,
                       .structure = StructureHandle(gst_structure_copy(structure))});
  if (captions_.size() > kMostCaptions) captions_.pop_front();
  has_any_ = true;
}

void KnownCaptions::forget(const Decision& caption) {
  const std::lock_guard lock(mutex_);
  std::erase_if(captions_, [&](const KnownCaption& known) {
    return known.window_id == caption.window_id && known.span.start_ns == caption.span.start_ns;
  });
}

void KnownCaptions::forget_all() {
  const std::lock_guard lock(mutex_);
  captions_.clear();
  has_any_ = false;
}

void KnownCaptions::attach_to(GstBuffer* buffer, const GstSegment& segment) {
  if (!has_any_ || !gst_buffer_is_writable(buffer)) return;
  if (segment.format != GST_FORMAT_TIME) return;
  const GstClockTime time =
      gst_segment_to_running_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (!GST_CLOCK_TIME_IS_VALID(time)) return;
  const auto time_ns = static_cast<std::int64_t>(time);
  const std::lock_guard lock(mutex_);
  for (const KnownCaption& caption : captions_) {
    if (time_ns < caption.span.start_ns || time_ns >= caption.span.end_ns) continue;
    add_caption_meta(buffer, caption.structure.get());
    add_caption_classification(buffer, caption.structure.get());
  }
}

}  // namespace dali
