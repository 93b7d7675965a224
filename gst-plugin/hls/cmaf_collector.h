// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/hls/stream_clock.h"
#include "gst-plugin/streaming/cmaf_files.h"

namespace dali {

// What of a segment came in a pad.
struct CollectedTrack {
  CmafTrackMedia media;
  // How much sound or picture came behind a change of its form, which no fragment can have.
  std::int64_t left_out_ns = 0;
};

// Everything of a CMAF collector that is C++.
struct CmafCollectorState {
  struct Input {
    StreamClock clock;
    CapsHandle caps;        // of what comes next
    std::string next_form;  // as cmaf_form_of() tells it
    std::string form;       // of the track
    CollectedTrack track;
    bool has_ended = false;
  };

  using Taker = std::function<void(std::vector<CollectedTrack>)>;

  std::mutex mutex;  // for what follows
  Taker taker;
  std::vector<std::unique_ptr<Input>> inputs;  // each the private of its pad
  GstPad* source = nullptr;                    // owned by the element
};

}  // namespace dali

G_BEGIN_DECLS

// The muxer that splitmuxsink has where media become fragments of MP4: it writes nothing, and gives
// what came from one EOS of all its pads to the next to its taker, before that EOS leaves it.
#define DALI_TYPE_CMAF_COLLECTOR (dali_cmaf_collector_get_type())
G_DECLARE_FINAL_TYPE(DaliCmafCollector, dali_cmaf_collector, DALI, CMAF_COLLECTOR, GstElement)

struct _DaliCmafCollector {
  GstElement parent;
  // A CmafCollectorState, built in init() and destroyed in finalize().
  alignas(dali::CmafCollectorState) std::byte state[sizeof(dali::CmafCollectorState)];
};
static_assert(std::is_standard_layout_v<_DaliCmafCollector> &&
              alignof(dali::CmafCollectorState) <= 16);

G_END_DECLS

namespace dali {

// Returns floating. `taker` is called by streaming threads, under no lock; what it throws becomes
// the element's error.
GstElement* new_cmaf_collector(CmafCollectorState::Taker taker);

}  // namespace dali
