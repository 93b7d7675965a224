// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/tried_input.h"

#include <utility>

namespace dali {

TriedInput::TriedInput(GstBin* bin, const char* source_name)
    : bin_(bin), source_name_(source_name) {}

void TriedInput::remember() {
  const std::lock_guard lock(mutex_);
  is_tried_ = true;
}

GstPad* TriedInput::show_source() {
  GstPad* source = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!is_tried_) return nullptr;
    if (source_) return GST_PAD(gst_object_ref(source_));
    source = gst_ghost_pad_new_no_target_from_template(
        source_name_,
        gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin_), source_name_));
    gst_object_ref_sink(source);
    source_ = source;
  }
  gst_pad_set_active(source, TRUE);
  gst_element_add_pad(GST_ELEMENT(bin_), source);
  return source;
}

GstPad* TriedInput::source() {
  const std::lock_guard lock(mutex_);
  return source_ ? GST_PAD(gst_object_ref(source_)) : nullptr;
}

void TriedInput::forget() {
  GstPad* source = nullptr;
  {
    const std::lock_guard lock(mutex_);
    is_tried_ = false;
    source = std::exchange(source_, nullptr);
  }
  if (source) gst_element_remove_pad(GST_ELEMENT(bin_), source);
}

}  // namespace dali
