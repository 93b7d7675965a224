// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/linked_elements.h"

#include <stdexcept>
#include <string>

namespace dali {

void link(GstElement* from, GstElement* to) {
  if (gst_element_link(from, to)) return;
  throw std::runtime_error(std::string("dalisubtitlebin cannot link ") + GST_ELEMENT_NAME(from) +
                           " to " + GST_ELEMENT_NAME(to));
}

void link_tee(GstElement* tee, GstElement* to, const char* sink_name) {
  g_autoptr(GstPad) source = gst_element_request_pad_simple(tee, "src_%u");
  g_autoptr(GstPad) sink = gst_element_get_static_pad(to, sink_name);
  if (!sink) sink = gst_element_request_pad_simple(to, sink_name);
  if (sink && GST_PAD_LINK_SUCCESSFUL(gst_pad_link(source, sink))) return;
  throw std::runtime_error(std::string("dalisubtitlebin cannot link ") + GST_ELEMENT_NAME(tee) +
                           " to " + GST_ELEMENT_NAME(to));
}

void link_to_open_end(GstElement* queue, GstElement* tee) {
  g_object_set(tee, "allow-not-linked", TRUE, nullptr);
  link(queue, tee);
  gst_object_unref(gst_element_request_pad_simple(tee, "src_%u"));
}

GstElement* new_element(const char* factory, const char* name) {
  GstElement* element = gst_element_factory_make(factory, name);
  if (element) return element;
  throw std::runtime_error(std::string("dalisubtitlebin needs the element ") + factory +
                           ", which is not installed");
}

void set_unbounded_but_in_time(GstElement* queue, guint64 time_ns) {
  g_object_set(queue, "max-size-buffers", 0, "max-size-bytes", 0, "max-size-time", time_ns,
               nullptr);
}

}  // namespace dali
