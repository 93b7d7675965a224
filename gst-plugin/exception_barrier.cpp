// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/exception_barrier.h"

#include "gst-plugin/debug_categories.h"

#define GST_CAT_DEFAULT category_of(element)

namespace dali {

void post_exception(GstElement* element, const char* what) {
  GST_ELEMENT_ERROR(element, LIBRARY, FAILED, ("%s", what), (nullptr));
}

}  // namespace dali
