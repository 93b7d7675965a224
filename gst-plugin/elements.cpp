// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/elements.h"

#include "gst-plugin/bins/gstdalisubtitlebin.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/captioner/gstdalitranscriber.h"
#include "gst-plugin/describing/gstdalidescriber.h"
#include "gst-plugin/hls/gstdalihlssink.h"
#include "gst-plugin/text/gstdalicea608enc.h"
#include "gst-plugin/text/gstdalicea708enc.h"
#include "gst-plugin/text/gstdalitextshape.h"
#include "gst-plugin/text/gstdalittmlenc.h"

namespace dali {

bool register_elements(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(dalicaptioner, plugin) &&
         GST_ELEMENT_REGISTER(dalitextshape, plugin) &&
         GST_ELEMENT_REGISTER(dalicea608enc, plugin) &&
         GST_ELEMENT_REGISTER(dalicea708enc, plugin) && GST_ELEMENT_REGISTER(dalittmlenc, plugin) &&
         GST_ELEMENT_REGISTER(dalidescriber, plugin) &&
         GST_ELEMENT_REGISTER(dalisubtitlebin, plugin) &&
         GST_ELEMENT_REGISTER(dalihlssink, plugin) && GST_ELEMENT_REGISTER(dalitranscriber, plugin);
}

}  // namespace dali
