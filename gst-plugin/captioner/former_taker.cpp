// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/former_taker.h"

#include "gst-plugin/debug_categories.h"
#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

bool is_beside(GstElement* element, GstPad* pad) {
  g_autoptr(GstElement) other = gst_pad_get_parent_element(pad);
  if (!other) return false;
  g_autoptr(GstObject) bin = gst_object_get_parent(GST_OBJECT(element));
  g_autoptr(GstObject) other_bin = gst_object_get_parent(GST_OBJECT(other));
  return bin == other_bin;
}

}  // namespace

void FormerTaker::remember(GstPad* source) {
  g_autoptr(GstPad) peer = gst_pad_get_peer(source);
  g_weak_ref_set(&pad_, peer);
}

GstPad* FormerTaker::get() const {
  auto* pad = static_cast<GstPad*>(g_weak_ref_get(&pad_));
  if (!pad || !gst_pad_is_linked(pad)) return pad;
  gst_object_unref(pad);
  return nullptr;
}

void FormerTaker::link_again(GstElement* element, GstPad* source) const {
  g_autoptr(GstPad) pad = get();
  if (!pad || !is_beside(element, pad)) return;
  const GstPadLinkReturn result = gst_pad_link(source, pad);
  if (GST_PAD_LINK_SUCCESSFUL(result)) return;
  g_autofree gchar* path = gst_object_get_path_string(GST_OBJECT(pad));
  GST_ELEMENT_WARNING(element, CORE, PAD,
                      ("%s is back, but cannot be linked to %s again: %s", GST_PAD_NAME(source),
                       path, gst_pad_link_get_name(result)),
                      (nullptr));
}

}  // namespace dali
