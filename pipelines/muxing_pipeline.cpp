#include "pipelines/muxing_pipeline.h"

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <atomic>
#include <cmath>
#include <memory>

#include "pipelines/caption_formats.h"
#include "pipelines/errors.h"
#include "pipelines/interrupt.h"
#include "pipelines/pipeline.h"
#include "pipelines/stream_route.h"

namespace dali {
namespace {

constexpr GstClockTime kPatience = 100 * GST_MSECOND;

GstClockTime nanoseconds(double seconds) {
  return static_cast<GstClockTime>(std::llround(std::max(seconds, 0.0) * 1e9));
}

// All captions at once, then the end: whoever waits for text never waits long. `source` is an
// appsrc that has not run yet or waits for data.
void feed_captions(GstElement* source, const std::vector<TimedCaption>& captions) {
  g_autoptr(GstCaps) caps = gst_caps_from_string("text/x-raw,format=utf8");
  g_object_set(source, "caps", caps, "format", GST_FORMAT_TIME, "max-bytes", guint64{0}, nullptr);
  for (const TimedCaption& caption : captions) {
    const std::string text = text_on_one_line(caption.text);
    if (text.empty()) continue;
    GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
    GST_BUFFER_PTS(buffer) = nanoseconds(caption.start_s);
    GST_BUFFER_DURATION(buffer) = nanoseconds(caption.end_s) - nanoseconds(caption.start_s);
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer);  // takes it
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

// A bin from gst-launch's words, with one "sink" and one "src"; floating. Null and an error on
// the bus of `reporter` when an element is missing.
GstElement* bin_of(const std::string& elements, GstElement* reporter) {
  g_autoptr(GError) error = nullptr;
  GstElement* bin =
      gst_parse_bin_from_description_full(elements.c_str(), /*ghost_unlinked_pads=*/TRUE,
                                          /*context=*/nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (bin == nullptr) post_media_error(reporter, error->message);
  return bin;
}

// Takes the medium's streams from parsebin to the muxer, each on its route, and the captions after
// them. GStreamer calls it from streaming threads, one call at a time. parsebin shows all streams
// before any data flow, and the captions, which nothing holds back, get their track after the
// first of them: so the muxer has all its tracks before it writes its header. The pipeline is down
// before this is destroyed.
class StreamRouter {
 public:
  StreamRouter(Pipeline& pipeline, GstElement* parser, GstElement* muxer,
               const std::vector<TimedCaption>& captions, const MuxingRequest& request)
      : bin_(pipeline.bin()),
        muxer_(muxer),
        queues_(pipeline.add("multiqueue")),
        captions_(captions),
        language_(request.language),
        draws_captions_(request.place == CaptionPlace::kPicture) {
    // A limit in buffers alone is one that a multiqueue lifts when another stream starves; an
    // encoder may hold back ten seconds of slow pictures before it lets the first one go.
    g_object_set(queues_, "max-size-buffers", 64U, "max-size-bytes", 0U, "max-size-time",
                 guint64{0}, nullptr);
    g_signal_connect(parser, "pad-added", G_CALLBACK(on_stream), this);
  }

  // True once the captions have found the track or the picture they go to. Any thread.
  bool has_placed_captions() const { return has_placed_captions_; }

 private:
  static void on_stream(GstElement*, GstPad* pad, StreamRouter* self) noexcept {
    g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, nullptr);
    const bool has_picture = is_picture(caps);
    g_autoptr(GstCaps) muxer_caps = self->caps_of_muxer(has_picture ? "video_%u" : "audio_%u");
    auto route = route_of(caps, muxer_caps);
    if (!route) return;
    const bool takes_captions = has_picture && self->draws_captions_ && !self->has_placed_captions_;
    if (takes_captions) route = route_with_captions_drawn();
    GstElement* stretch = bin_of(route->elements, self->muxer_);
    if (stretch == nullptr) return;
    gst_bin_add(self->bin_, stretch);
    if (takes_captions) self->feed_captions_of(stretch);
    self->link_to_muxer(stretch, has_picture ? "video_%u" : "audio_%u");
    gst_element_sync_state_with_parent(stretch);
    if (!self->draws_captions_ && !self->has_placed_captions_) self->add_subtitle_track();
    if (route->kind == StreamRoute::Kind::kCopied) {
      self->link(pad, stretch);
    } else {
      self->decode(pad, stretch);
    }
  }

  // Links decoded media to the stretch that waits for it.
  static void on_decoded(GstElement* decoder, GstPad* pad, GstElement* stretch) noexcept {
    g_autoptr(GstPad) sink = gst_element_get_static_pad(stretch, "sink");
    if (GST_PAD_LINK_FAILED(gst_pad_link(pad, sink))) {
      post_media_error(decoder, "holds a stream that cannot be encoded anew");
    }
  }

  GstCaps* caps_of_muxer(const char* pad_template) const {
    return gst_pad_template_get_caps(
        gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(muxer_), pad_template));
  }

  void add_subtitle_track() noexcept {
    GstElement* track = bin_of("appsrc name=captions ! taginject name=language", muxer_);
    if (track == nullptr) return;
    gst_bin_add(bin_, track);
    GstElement* tags = gst_bin_get_by_name(GST_BIN(track), "language");
    const std::string language_tag = "language-code=\"" + language_ + "\"";
    g_object_set(tags, "tags", language_tag.c_str(), nullptr);
    gst_object_unref(tags);
    if (gst_element_link_pads(track, "src", muxer_, "subtitle_%u") == FALSE) {
      post_media_error(muxer_, "is to go into a container that takes no subtitle track");
      return;
    }
    feed_captions_of(track);
    gst_element_sync_state_with_parent(track);
  }

  void feed_captions_of(GstElement* stretch) noexcept {
    GstElement* source = gst_bin_get_by_name(GST_BIN(stretch), "captions");
    feed_captions(source, captions_);
    gst_object_unref(source);
    has_placed_captions_ = true;
  }

  void decode(GstPad* pad, GstElement* stretch) noexcept {
    GstElement* decoder = gst_element_factory_make("decodebin", nullptr);
    g_object_set(decoder, "force-sw-decoders", TRUE, nullptr);
    g_signal_connect_object(decoder, "pad-added", G_CALLBACK(on_decoded), stretch,
                            GConnectFlags(0));
    gst_bin_add(bin_, decoder);
    gst_element_sync_state_with_parent(decoder);
    link(pad, decoder);
  }

  // A multiqueue lets one stream run ahead as far as the file's interleaving needs, and no further.
  void link_to_muxer(GstElement* stretch, const char* pad_template) noexcept {
    g_autoptr(GstPad) queue_sink = gst_element_request_pad_simple(queues_, "sink_%u");
    const std::string number = std::string(GST_PAD_NAME(queue_sink)).substr(5);
    const std::string queue_src = "src_" + number;
    if (gst_element_link_pads(stretch, "src", queues_, GST_PAD_NAME(queue_sink)) == FALSE ||
        gst_element_link_pads(queues_, queue_src.c_str(), muxer_, pad_template) == FALSE) {
      post_media_error(muxer_, "holds a stream that does not fit into the container");
    }
  }

  void link(GstPad* pad, GstElement* to) noexcept {
    g_autoptr(GstPad) sink = gst_element_get_static_pad(to, "sink");
    if (GST_PAD_LINK_FAILED(gst_pad_link(pad, sink))) {
      post_media_error(to, "holds a stream that does not fit into the container");
    }
  }

  GstBin* bin_;  // borrowed, as all elements here
  GstElement* muxer_;
  GstElement* queues_;
  const std::vector<TimedCaption>& captions_;
  std::string language_;
  bool draws_captions_;
  std::atomic<bool> has_placed_captions_ = false;
};

}  // namespace

void write_captioned_medium(const Medium& medium, const std::vector<TimedCaption>& captions,
                            const MuxingRequest& request, Progress& progress,
                            const std::function<void(const std::string&)>& on_warning) {
  const std::string uri = uri_of(medium);
  std::unique_ptr<StreamRouter> router;  // outlives the pipeline, whose threads call it
  Pipeline pipeline(medium.name);
  GstElement* source = pipeline.add_source(uri);
  GstElement* parser = pipeline.add("parsebin");
  GstElement* muxer =
      pipeline.add(request.container == Container::kMatroska ? "matroskamux" : "mp4mux");
  GstElement* sink = pipeline.add("filesink");
  g_object_set(sink, "location", request.output.c_str(), nullptr);
  pipeline.link(source, parser);
  pipeline.link(muxer, sink);
  router = std::make_unique<StreamRouter>(pipeline, parser, muxer, captions, request);

  progress.begin(medium.output.string());
  pipeline.play();
  double duration_s = 0.0;
  while (!pipeline.check_messages(kPatience, on_warning)) {
    throw_if_interrupted();
    if (duration_s <= 0.0) duration_s = pipeline.duration_s();
    progress.update(pipeline.position_s(), duration_s);
  }
  if (!router->has_placed_captions()) {
    throw MediaError(medium.name + ": holds no picture to draw captions into");
  }
}

}  // namespace dali
