// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_pipeline.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <atomic>
#include <filesystem>
#include <memory>

#include "media/decoding/short_tracks.h"
#include "pipelines/caption/arrived_captions.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/pipeline.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/time_origin.h"
#include "pipelines/caption/times_before_zero.h"
#include "pipelines/caption/track_picker.h"

#define GST_CAT_DEFAULT dali::program_category()

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

template <typename Time>
double seconds(Time time_ns) {
  return static_cast<double>(time_ns) / kNanosecondsPerSecond;
}

// Links decoded streams to the captioner while uridecodebin finds them, and sees whether anything
// flows. GStreamer calls it from streaming threads; the pipeline is down before it is destroyed.
//
// The captioner's running time begins with the medium, as its windows do.
class StreamLinker {
 public:
  StreamLinker(GstElement* decoder, GstElement* captioner, WantedStreams wanted,
               const CaptionedTracks& tracks)
      : captioner_(captioner), wanted_(wanted), picker_(tracks), origin_(decoder) {
    g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad_added), this);
    g_signal_connect(decoder, "no-more-pads", G_CALLBACK(on_no_more_pads), this);
  }

  // Any thread.
  bool has_media() const { return has_media_; }
  gint64 pause_us() const { return g_get_monotonic_time() - latest_media_us_; }

  // When the medium begins, in the captioner's running time: 0 unless some stream of it showed up
  // too late to be waited for. Nothing while that can change.
  std::optional<double> zero_s() const {
    const std::optional<std::int64_t> first_ns = origin_.first_ns();
    if (!first_ns) return std::nullopt;
    return seconds(*first_ns - taken_off_ns_);
  }
  bool has_untimed_beginning() const { return origin_.has_untimed_beginning(); }
  double likely_zero_s() const { return seconds(origin_.earliest_shown_ns() - taken_off_ns_); }

  // What has been taken off the medium's own timestamps.
  double taken_off_s() const { return seconds(taken_off_ns_.load()); }

 private:
  static void on_pad_added(GstElement*, GstPad* pad, StreamLinker* self) noexcept {
    self->picker_.add(pad);
  }

  // Nothing flows before all are linked, and as a rule each has shown its first packet by then.
  // Media that follow one another in one file, as Ogg's may, come here once each.
  static void on_no_more_pads(GstElement* decoder, StreamLinker* self) noexcept {
    const TrackPicker::Picked picked = self->picker_.pick();
    std::vector<GstPad*> linked;  // borrowed from what was picked
    if (picked.sound != nullptr && self->wanted_.sound && self->link(picked.sound, "audio_sink")) {
      linked.push_back(picked.sound);
    }
    if (picked.picture != nullptr && self->wanted_.picture &&
        self->link(picked.picture, "video_sink")) {
      linked.push_back(picked.picture);
    }
    if (!self->is_linked_) {
      self->taken_off_ns_ = self->origin_.first_ns().value_or(0);
      GST_INFO("times count from %.3f s of the medium's clock", self->taken_off_s());
    }
    for (GstPad* pad : linked) gst_pad_set_offset(pad, -self->taken_off_ns_);
    self->is_linked_ = self->is_linked_ || !linked.empty();
    if (self->is_linked_) return;
    post_media_error(decoder, self->wanted_.sound && self->wanted_.picture
                                  ? "holds neither sound nor picture"
                              : self->wanted_.sound ? "holds no sound"
                                                    : "holds no picture");
  }

  bool link(GstPad* decoded, const char* sink_name) noexcept {
    g_autoptr(GstPad) sink = gst_element_get_static_pad(captioner_, sink_name);
    if (sink != nullptr && gst_pad_is_linked(sink)) return false;
    if (sink == nullptr) sink = gst_element_request_pad_simple(captioner_, sink_name);
    if (sink == nullptr || GST_PAD_LINK_FAILED(gst_pad_link(decoded, sink))) {
      post_media_error(captioner_, std::string("its decoded stream does not fit ") + sink_name);
      return false;
    }
    gst_pad_add_probe(decoded, GST_PAD_PROBE_TYPE_BUFFER, on_media, this, nullptr);
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(decoded);
    const void* const printed = caps;
    GST_INFO("captions are made from %" GST_PTR_FORMAT, printed);
    return true;
  }

  static GstPadProbeReturn on_media(GstPad*, GstPadProbeInfo*, gpointer linker) noexcept {
    auto* self = static_cast<StreamLinker*>(linker);
    self->has_media_ = true;
    self->latest_media_us_ = g_get_monotonic_time();
    return GST_PAD_PROBE_OK;
  }

  GstElement* captioner_;  // borrowed from the pipeline
  WantedStreams wanted_;
  TrackPicker picker_;  // pads come one at a time
  TimeOrigin origin_;
  bool is_linked_ = false;  // something has been
  std::atomic<std::int64_t> taken_off_ns_ = 0;
  std::atomic<bool> has_media_ = false;
  std::atomic<gint64> latest_media_us_ = g_get_monotonic_time();  // or since when there was none
};

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

// A medium that was played to its end.
struct PlayedMedium {
  bool has_captions = false;
  double begin_s = 0.0;  // by its own timestamps
  double end_s = 0.0;
  double duration_s = 0.0;  // 0: unknown
  bool has_untimed_beginning = false;
};

// What is to be said of it, if anything: one line, whatever else is wrong with it.
std::string complaint_about(const Pipeline& pipeline, const PlayedMedium& medium) {
  if (const std::string warnings = pipeline.media_warnings(); !warnings.empty()) return warnings;
  // Some containers store when the medium ends and others how long it lasts. It is cut short when
  // neither can be.
  if (medium.end_s + kLongestUnheardEndSeconds < medium.duration_s) {
    return "ends after " + seconds_text(medium.end_s - medium.begin_s) + " of " +
           seconds_text(medium.duration_s - medium.begin_s) + "; it may be cut short";
  }
  if (medium.has_untimed_beginning) {
    return "begins with sound or pictures before its clock; captions may be out of time by as much";
  }
  return medium.has_captions ? "" : "gives no captions: it is silent, too short, or not understood";
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
  // These outlive the pipeline, whose threads call them.
  std::optional<TimesBeforeZero> before_zero;
  std::unique_ptr<StreamLinker> linker;
  TextPosition position;
  Pipeline pipeline(medium.name);
  GstElement* decoder = pipeline.add("uridecodebin");
  GstElement* captioner = pipeline.add("dalicaptioner");
  GstElement* sink = pipeline.add("appsink");
  // Decoders on graphics hardware may leave pictures where the element cannot see them.
  g_object_set(decoder, "uri", uri.c_str(), "force-sw-decoders", TRUE, nullptr);
  keep_short_tracks(decoder);
  g_object_set(sink, "sync", FALSE, nullptr);  // as fast as the model allows
  // Nobody plays here what the model could disturb; `nice dali-caption` gives way to others.
  set_property(captioner, "priority", "normal");
  for (const auto& [name, text] : properties) set_property(captioner, name, text);
  g_object_set(captioner, "merge-limit", kMergeLimitMs, nullptr);
  if (gst_element_link_pads(captioner, "text_src", sink, "sink") == FALSE) {
    throw SetupError("dalicaptioner has no pad text_src");
  }
  position.follow(sink);
  const CaptionedTracks tracks = tracks_of(medium);
  GST_INFO("%s: sound track %d, picture track %d; 0 is none, or the first that is found",
           uri.c_str(), tracks.sound ? tracks.sound->number : 0,
           tracks.picture ? tracks.picture->number : 0);
  // GStreamer 1.22 tells of seven of the eight ways in which a camera can be held.
  if (tracks.picture && !tracks.picture->video_direction.empty()) {
    set_property(captioner, "video-direction", tracks.picture->video_direction);
  }
  before_zero.emplace(medium, decoder);  // sees the demuxer before the linker does
  linker = std::make_unique<StreamLinker>(decoder, captioner, wanted_streams(properties), tracks);

  // A pipe or a server may take its time; a file that pauses does not go on.
  const std::optional<std::filesystem::path> path = path_of(medium.name);
  const bool may_pause = medium.is_read_once || !path || !std::filesystem::is_regular_file(*path);

  progress.begin(medium.name);
  pipeline.play();
  ArrivedCaptions captions(on_caption);
  double duration_s = 0.0;
  std::optional<double> zero_s;  // stays what the first caption was told with
  for (;;) {
    throw_if_interrupted();
    const MiniObject object(gst_app_sink_try_pull_object(GST_APP_SINK(sink), kPatience));
    // Whoever fails reports it first and ends the stream then: the end is looked at before.
    const bool is_at_end = object == nullptr && gst_app_sink_is_eos(GST_APP_SINK(sink)) != FALSE;
    pipeline.check_messages(0, on_warning);
    if (is_at_end) break;
    if (object != nullptr && GST_IS_SAMPLE(object.get())) {
      captions.add(GST_SAMPLE(object.get()));
    }
    if (!zero_s && !captions.is_empty()) zero_s = linker->zero_s();
    if (zero_s) captions.tell_from(*zero_s);
    if (duration_s <= 0.0) duration_s = pipeline.duration_s();
    progress.update(position.reached_s(), duration_s - linker->taken_off_s());
    if (object == nullptr && !may_pause && linker->pause_us() > kLongestPauseUs &&
        !has_work(captioner)) {
      throw MediaError(medium.name + ": nothing more comes out of it; GStreamer hangs on it");
    }
  }
  if (!linker->has_media()) throw MediaError(medium.name + ": nothing in it can be decoded");
  if (!zero_s) zero_s = linker->likely_zero_s();
  captions.tell_from(*zero_s);
  // Where a container does not store it, the duration is a guess that gets better.
  if (const double duration_now_s = pipeline.duration_s(); duration_now_s > 0.0) {
    duration_s = duration_now_s;
  }
  const std::string complaint =
      complaint_about(pipeline, {.has_captions = !captions.is_empty(),
                                 .begin_s = linker->taken_off_s() + *zero_s,
                                 .end_s = linker->taken_off_s() + position.reached_s(),
                                 .duration_s = duration_s,
                                 .has_untimed_beginning = linker->has_untimed_beginning()});
  if (!complaint.empty()) on_warning(medium.name + ": " + complaint);
  on_stats(stats_of(captioner).get());
  return captions.take();
}

}  // namespace dali
