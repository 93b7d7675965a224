// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <type_traits>

#include "gst-plugin/hls/hls_stream.h"
#include "gst-plugin/streaming/hls_settings.h"

namespace dali {

// Everything of a dalihlssink that is C++.
//
//     video ─ h264parse ─┐
//     audio ─ identity ──┴ splitmuxsink with mpegtsmux, or with a CmafCollector
//     text ─ fakesink
//
// Probes look at what comes out of the first of each, and change the media's timestamps.
struct HlsSinkState {
  HlsSettings settings;  // object lock

  // Made and taken apart by whoever asks for pads and changes states.
  GstElement* muxer = nullptr;  // a splitmuxsink, borrowed from the bin, as all are
  bool has_collector = false;   // of which the muxer is a CMAF collector
  GstPad* video = nullptr;      // ghost pads, null while nobody has asked for them
  GstPad* audio = nullptr;
  GstPad* text = nullptr;

  std::mutex mutex;                   // for what follows
  std::shared_ptr<HlsStream> stream;  // from READY to PAUSED and back
  unsigned ended = 0;                 // sinks inside that have come to the end
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_HLS_SINK (gst_dali_hls_sink_get_type())
G_DECLARE_FINAL_TYPE(GstDaliHlsSink, gst_dali_hls_sink, GST, DALI_HLS_SINK, GstBin)

struct _GstDaliHlsSink {
  GstBin parent;
  // An HlsSinkState, built in init() and destroyed in finalize().
  alignas(dali::HlsSinkState) std::byte state[sizeof(dali::HlsSinkState)];
};
static_assert(std::is_standard_layout_v<_GstDaliHlsSink> && alignof(dali::HlsSinkState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalihlssink)

G_END_DECLS
