// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// What GST_DEBUG knows of this plugin: a category an element, named as its factory, and one for the
// loading of models. A file that logs says first whose it is:
//
//     #define GST_CAT_DEFAULT dali::captioner_category()
//
// Each is made when it is first asked for: an element may be made without having been registered,
// as those in bins are. Any thread.
GstDebugCategory* captioner_category();     // dalicaptioner
GstDebugCategory* transcriber_category();   // dalitranscriber
GstDebugCategory* text_shape_category();    // dalitextshape
GstDebugCategory* cea608_enc_category();    // dalicea608enc
GstDebugCategory* cea708_enc_category();    // dalicea708enc
GstDebugCategory* ttml_enc_category();      // dalittmlenc
GstDebugCategory* subtitle_bin_category();  // dalisubtitlebin
GstDebugCategory* describer_category();     // dalidescriber
GstDebugCategory* hls_sink_category();      // dalihlssink
GstDebugCategory* model_category();         // dalimodel

// Code that several elements share logs to the category of the one that it works for. In
// class_init:
void set_category(gpointer element_class, GstDebugCategory* category);
// Of an element whose class has one; GStreamer's default otherwise.
GstDebugCategory* category_of(gpointer element);

// For "%" GST_PTR_FORMAT, which compilers take for a plain pointer's.
inline const void* printed(const void* object) {
  return object;
}

// Of a line about the event (borrowed): deeper for those that come all the time, as a sparse
// stream's gaps do and the latency tracer's probes.
GstDebugLevel level_of(GstEvent* event);

}  // namespace dali
