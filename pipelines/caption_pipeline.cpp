#include "pipelines/caption_pipeline.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string_view>

#include "pipelines/errors.h"
#include "pipelines/interrupt.h"
#include "pipelines/pipeline.h"
#include "pipelines/track_picker.h"

namespace dali {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

// How long one look for the next caption waits before the bus and Ctrl-C get their turn.
constexpr GstClockTime kPatience = 100 * GST_MSECOND;

// Some demuxers and decoders turn in circles on what they do not understand. So long may one have
// nothing to give while the captioner has nothing to do.
constexpr gint64 kLongestPauseUs = 30 * G_TIME_SPAN_SECOND;

// What goes on sounding alike is one caption, so long.
constexpr guint kMergeLimitMs = 60000;

// Times in containers are not exact, and what is left of a window at the end may get no caption.
constexpr double kLongestUnheardEndSeconds = 2.0;

struct UnrefObject {
  void operator()(GstMiniObject* object) const { gst_mini_object_unref(object); }
};
using MiniObject = std::unique_ptr<GstMiniObject, UnrefObject>;

void set_property(GstElement* captioner, const std::string& name, const std::string& text) {
  GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(captioner), name.c_str());
  if (property == nullptr) {
    throw SetupError("dalicaptioner has no property " + name +
                     ": the plugin is older than this program");
  }
  GValue value = G_VALUE_INIT;
  g_value_init(&value, property->value_type);
  bool is_valid = true;
  if (property->value_type == G_TYPE_STRING) {
    g_value_set_string(&value, text.c_str());
  } else {
    is_valid = gst_value_deserialize(&value, text.c_str()) != FALSE &&
               g_param_value_validate(property, &value) == FALSE;  // TRUE: it was out of range
  }
  if (is_valid) g_object_set_property(G_OBJECT(captioner), name.c_str(), &value);
  g_value_unset(&value);
  if (!is_valid) throw UsageError("--" + name + ": out of range");
}

// Which of the medium's streams the captions are to be made from.
struct WantedStreams {
  bool sound = true;
  bool picture = true;
};

WantedStreams wanted_streams(const ElementProperties& properties) {
  const auto modality = properties.find("modality");
  if (modality == properties.end()) return {};
  // What no caption is made from need not be decoded.
  return {.sound = modality->second != "image", .picture = modality->second != "audio"};
}

// Links decoded streams to the captioner while uridecodebin finds them, and sees whether anything
// flows. GStreamer calls it from streaming threads; the pipeline is down before it is destroyed.
class StreamLinker {
 public:
  StreamLinker(GstElement* decoder, GstElement* captioner, WantedStreams wanted,
               const CaptionedTracks& tracks)
      : captioner_(captioner), wanted_(wanted), picker_(tracks) {
    g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad_added), this);
    g_signal_connect(decoder, "no-more-pads", G_CALLBACK(on_no_more_pads), this);
  }

  // Any thread.
  bool has_media() const { return has_media_; }
  gint64 pause_us() const { return g_get_monotonic_time() - latest_media_us_; }

 private:
  static void on_pad_added(GstElement*, GstPad* pad, StreamLinker* self) noexcept {
    self->picker_.add(pad);
  }

  static void on_no_more_pads(GstElement* decoder, StreamLinker* self) noexcept {
    const TrackPicker::Picked picked = self->picker_.pick();
    if (picked.sound != nullptr && self->wanted_.sound) self->link(picked.sound, "audio_sink");
    if (picked.picture != nullptr && self->wanted_.picture) {
      self->link(picked.picture, "video_sink");
    }
    if (self->has_linked_) return;
    post_media_error(decoder, self->wanted_.sound && self->wanted_.picture
                                  ? "holds neither sound nor picture"
                              : self->wanted_.sound ? "holds no sound"
                                                    : "holds no picture");
  }

  void link(GstPad* decoded, const char* sink_name) noexcept {
    g_autoptr(GstPad) present = gst_element_get_static_pad(captioner_, sink_name);
    if (present != nullptr) return;
    g_autoptr(GstPad) sink = gst_element_request_pad_simple(captioner_, sink_name);
    if (sink == nullptr || GST_PAD_LINK_FAILED(gst_pad_link(decoded, sink))) {
      post_media_error(captioner_, std::string("its decoded stream does not fit ") + sink_name);
      return;
    }
    gst_pad_add_probe(decoded, GST_PAD_PROBE_TYPE_BUFFER, on_media, this, nullptr);
    has_linked_ = true;
  }

  static GstPadProbeReturn on_media(GstPad*, GstPadProbeInfo*, gpointer linker) noexcept {
    auto* self = static_cast<StreamLinker*>(linker);
    self->has_media_ = true;
    self->latest_media_us_ = g_get_monotonic_time();
    return GST_PAD_PROBE_OK;
  }

  GstElement* captioner_;  // borrowed from the pipeline
  WantedStreams wanted_;
  TrackPicker picker_;       // pads come one at a time
  bool has_linked_ = false;  // pads come one at a time
  std::atomic<bool> has_media_ = false;
  std::atomic<gint64> latest_media_us_ = g_get_monotonic_time();  // or since when there was none
};

double seconds(GstClockTime time) {
  return static_cast<double>(time) / kNanosecondsPerSecond;
}

TimedCaption caption_of(GstSample* sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  TimedCaption caption;
  GstMapInfo mapped;
  if (gst_buffer_map(buffer, &mapped, GST_MAP_READ) != FALSE) {
    caption.text.assign(reinterpret_cast<const char*>(mapped.data), mapped.size);
    gst_buffer_unmap(buffer, &mapped);
  }
  // Stream time is the medium's own; buffers carry it relative to their segment.
  const GstClockTime start = gst_segment_to_stream_time(gst_sample_get_segment(sample),
                                                        GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  caption.start_s = GST_CLOCK_TIME_IS_VALID(start) ? seconds(start) : 0.0;
  caption.end_s = caption.start_s;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    caption.end_s += seconds(GST_BUFFER_DURATION(buffer));
  }
  if (GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, "DaliCaptionMeta")) {
    const GstStructure* fields = gst_custom_meta_get_structure(meta);
    double mean_log_probability = 0.0;
    gst_structure_get_double(fields, "mean-log-probability", &mean_log_probability);
    caption.confidence = std::exp(mean_log_probability);
    const char* modality = gst_structure_get_string(fields, "modality");
    if (modality != nullptr) caption.modality = modality;
  }
  return caption;
}

struct FreeStructure {
  void operator()(GstStructure* structure) const { gst_structure_free(structure); }
};
using StatsHandle = std::unique_ptr<GstStructure, FreeStructure>;

StatsHandle stats_of(GstElement* captioner) {
  GstStructure* stats = nullptr;
  g_object_get(captioner, "stats", &stats, nullptr);
  return StatsHandle(stats);
}

// While the model has windows to work on, the media wait for it.
bool has_work(GstElement* captioner) {
  const StatsHandle stats = stats_of(captioner);
  const auto count = [&](const char* field) {
    guint64 value = 0;
    gst_structure_get_uint64(stats.get(), field, &value);
    return value;
  };
  const guint64 decided =
      count("captions") + count("silent") + count("rejected") + count("failed") + count("dropped");
  return count("windows") > decided;
}

std::string seconds_text(double seconds) {
  g_autofree gchar* text = g_strdup_printf("%.1f s", seconds);
  return text;
}

// What is to be said of a medium that was played to its end, if anything: one line, whatever
// else is wrong with it.
std::string complaint_about(const Pipeline& pipeline, bool has_captions, double end_s,
                            double duration_s) {
  if (const std::string warnings = pipeline.media_warnings(); !warnings.empty()) return warnings;
  if (end_s + kLongestUnheardEndSeconds < duration_s) {
    return "ends after " + seconds_text(end_s) + " of " + seconds_text(duration_s) +
           "; it may be cut short";
  }
  return has_captions ? "" : "gives no captions: it is silent, too short, or not understood";
}

// The end of the stretch that a GAP declares free of captions.
double end_of_gap_s(GstEvent* event) {
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(event, &start, &duration);
  return seconds(start) + (GST_CLOCK_TIME_IS_VALID(duration) ? seconds(duration) : 0.0);
}

}  // namespace

void check_captioner(const ElementProperties& properties) {
  GstElement* captioner = make_element("dalicaptioner");
  const std::unique_ptr<GstElement, decltype(&gst_object_unref)> owned(captioner, gst_object_unref);
  for (const auto& [name, text] : properties) set_property(captioner, name, text);
}

std::vector<TimedCaption> caption_medium(const Medium& medium, const ElementProperties& properties,
                                         Progress& progress,
                                         const std::function<void(const TimedCaption&)>& on_caption,
                                         const std::function<void(const std::string&)>& on_warning,
                                         const std::function<void(const GstStructure*)>& on_stats) {
  const std::string uri = uri_of(medium);
  std::unique_ptr<StreamLinker> linker;  // outlives the pipeline, whose threads call it
  Pipeline pipeline(medium.name);
  GstElement* decoder = pipeline.add("uridecodebin");
  GstElement* captioner = pipeline.add("dalicaptioner");
  GstElement* sink = pipeline.add("appsink");
  // Decoders on graphics hardware may leave pictures where the element cannot see them.
  g_object_set(decoder, "uri", uri.c_str(), "force-sw-decoders", TRUE, nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);  // as fast as the model allows
  for (const auto& [name, text] : properties) set_property(captioner, name, text);
  g_object_set(captioner, "merge-limit", kMergeLimitMs, nullptr);
  if (gst_element_link_pads(captioner, "text_src", sink, "sink") == FALSE) {
    throw SetupError("dalicaptioner has no pad text_src");
  }
  linker = std::make_unique<StreamLinker>(decoder, captioner, wanted_streams(properties),
                                          tracks_of(medium));

  // A pipe or a server may take its time; a file that pauses does not go on.
  const std::optional<std::filesystem::path> path = path_of(medium.name);
  const bool may_pause = medium.is_read_once || !path || !std::filesystem::is_regular_file(*path);

  progress.begin(medium.name);
  pipeline.play();
  std::vector<TimedCaption> captions;
  double position_s = 0.0;
  double duration_s = 0.0;
  for (;;) {
    throw_if_interrupted();
    const MiniObject object(gst_app_sink_try_pull_object(GST_APP_SINK(sink), kPatience));
    // Whoever fails reports it first and ends the stream then: the end is looked at before.
    const bool is_at_end = object == nullptr && gst_app_sink_is_eos(GST_APP_SINK(sink)) != FALSE;
    pipeline.check_messages(0, on_warning);
    if (is_at_end) break;
    if (object != nullptr && GST_IS_SAMPLE(object.get())) {
      TimedCaption caption = caption_of(GST_SAMPLE(object.get()));
      position_s = caption.end_s;
      on_caption(caption);
      captions.push_back(std::move(caption));
    } else if (object != nullptr && GST_EVENT_TYPE(object.get()) == GST_EVENT_GAP) {
      position_s = end_of_gap_s(GST_EVENT(object.get()));
    }
    if (duration_s <= 0.0) duration_s = pipeline.duration_s();
    progress.update(position_s, duration_s);
    if (object == nullptr && !may_pause && linker->pause_us() > kLongestPauseUs &&
        !has_work(captioner)) {
      throw MediaError(medium.name + ": nothing more comes out of it; GStreamer hangs on it");
    }
  }
  if (!linker->has_media()) throw MediaError(medium.name + ": nothing in it can be decoded");
  // Where a container does not store it, the duration is a guess that gets better.
  if (const double duration_now_s = pipeline.duration_s(); duration_now_s > 0.0) {
    duration_s = duration_now_s;
  }
  const std::string complaint =
      complaint_about(pipeline, !captions.empty(), position_s, duration_s);
  if (!complaint.empty()) on_warning(medium.name + ": " + complaint);
  on_stats(stats_of(captioner).get());
  return captions;
}

}  // namespace dali
