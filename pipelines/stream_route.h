#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

namespace dali {

// How a stream gets from a demuxer to a muxer, in the words of gst-launch.
struct StreamRoute {
  enum class Kind { kCopied, kEncodedAnew };
  Kind kind;
  std::string elements;  // from encoded media when copied, else from decoded media, to the muxer
};

// The route of a stream with these caps into a muxer whose pads take `muxer_caps`; none when it
// is neither sound nor picture.
std::optional<StreamRoute> route_of(const GstCaps* stream_caps, const GstCaps* muxer_caps);

// For pictures that captions are drawn into; the captions come from the appsrc named "captions".
StreamRoute route_with_captions_drawn();

bool is_picture(const GstCaps* stream_caps);

}  // namespace dali
