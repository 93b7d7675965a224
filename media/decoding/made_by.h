// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string_view>

namespace dali {

// Whether the element (borrowed) is of the kind that GStreamer lists under that name: "qtdemux".
inline bool is_made_by(std::string_view factory_name, GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  return factory != nullptr && GST_OBJECT_NAME(factory) == factory_name;
}

}  // namespace dali
