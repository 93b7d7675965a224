#include "pipelines/stream_route.h"

#include <array>
#include <string_view>

namespace dali {
namespace {

// The same quality whatever the size; veryfast, because the model has taken its time already.
// 4:2:0 because RGB would otherwise become 4:4:4, which most players cannot show; and 4:2:0 wants
// even sizes, so an odd row or column is scaled away.
constexpr const char* kEncodePicture =
    "videoconvert ! videoscale ! video/x-raw,format=I420,width=[2,16384,2],height=[2,16384,2] "
    "! x264enc pass=qual quantizer=20 speed-preset=veryfast ! h264parse";
// By way of integers: FFmpeg's encoder loops for ever on samples far beyond full scale, which a
// damaged stream may be decoded to.
constexpr const char* kEncodeSound =
    "audioconvert ! audio/x-raw,format=S16LE ! audioconvert ! audioresample ! avenc_aac ! aacparse";

struct Copying {
  const char* caps;
  const char* elements;
};

// What brings a stream into the form a muxer wants: byte streams into packets and back. Matroska
// stores no decoding times and MP4 needs them: the timestampers work them out anew.
constexpr std::array<Copying, 7> kCopying = {{
    {"video/x-h264", "h264parse ! h264timestamper"},
    {"video/x-h265", "h265parse ! h265timestamper"},
    {"video/x-av1", "av1parse"},
    {"video/x-vp9", "vp9parse"},
    {"audio/mpeg,mpegversion=(int){2,4}", "aacparse"},
    {"audio/mpeg,mpegversion=(int)1", "mpegaudioparse"},
    {"audio/x-ac3", "ac3parse"},
}};

std::string copying_elements(const GstCaps* stream_caps) {
  for (const Copying& known : kCopying) {
    g_autoptr(GstCaps) caps = gst_caps_from_string(known.caps);
    if (gst_caps_can_intersect(stream_caps, caps) != FALSE) return known.elements;
  }
  return "identity";
}

// What a parser can change: a stream that differs from the muxer's caps in these alone is copied.
bool can_be_copied(const GstCaps* stream_caps, const GstCaps* muxer_caps) {
  if (gst_caps_can_intersect(stream_caps, muxer_caps) != FALSE) return true;
  if (copying_elements(stream_caps) == "identity") return false;
  g_autoptr(GstCaps) essence = gst_caps_copy(stream_caps);
  for (guint i = 0; i < gst_caps_get_size(essence); ++i) {
    gst_structure_remove_fields(gst_caps_get_structure(essence, i), "stream-format", "alignment",
                                nullptr);
  }
  return gst_caps_can_intersect(essence, muxer_caps) != FALSE;
}

bool media_type_begins(const GstCaps* caps, std::string_view beginning) {
  if (gst_caps_is_any(caps) || gst_caps_is_empty(caps)) return false;
  const std::string_view media_type = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  return media_type.substr(0, beginning.size()) == beginning;
}

}  // namespace

bool is_picture(const GstCaps* stream_caps) {
  return media_type_begins(stream_caps, "video/");
}

std::optional<StreamRoute> route_of(const GstCaps* stream_caps, const GstCaps* muxer_caps) {
  if (!is_picture(stream_caps) && !media_type_begins(stream_caps, "audio/")) return std::nullopt;
  if (can_be_copied(stream_caps, muxer_caps)) {
    return StreamRoute{StreamRoute::Kind::kCopied, copying_elements(stream_caps)};
  }
  return StreamRoute{StreamRoute::Kind::kEncodedAnew,
                     is_picture(stream_caps) ? kEncodePicture : kEncodeSound};
}

StreamRoute route_with_captions_drawn() {
  return {StreamRoute::Kind::kEncodedAnew,
          "videoconvert ! textoverlay name=overlay wait-text=true shaded-background=true ! " +
              std::string(kEncodePicture) + "  appsrc name=captions ! overlay.text_sink"};
}

}  // namespace dali
