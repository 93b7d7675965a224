// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_pipeline.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "pipelines/caption/arrived_captions.h"
#include "pipelines/caption/arrived_spans.h"
#include "pipelines/caption/decodebin_source.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/libav_source.h"
#include "pipelines/caption/pipeline.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/track_choice.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

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

// What the element says of properties that were set, in the words of dali-caption's options, which
// have their names.
std::string in_words_of_options(std::string sentence, const ElementProperties& properties) {
  for (const auto& [name, value] : properties) {
    const std::string set = name + '=' + value;
    const std::string option = set == "mode=events" ? "--events" : "--" + name + ' ' + value;
    const std::size_t at = sentence.find(set);
    if (at != std::string::npos) sentence.replace(at, set.size(), option);
  }
  return sentence;
}

WantedStreams wanted_streams(const ElementProperties& properties) {
  const auto modality = properties.find("modality");
  if (modality == properties.end()) return {};
  // What no caption is made from need not be decoded.
  return {.sound = modality->second != "image", .picture = modality->second != "audio"};
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

guint64 count_of(const GstStructure* stats, const char* field) {
  guint64 value = 0;
  gst_structure_get_uint64(stats, field, &value);
  return value;
}

// While the model has windows to work on, the media wait for it.
bool has_work(GstElement* captioner) {
  const StatsHandle stats = stats_of(captioner);
  guint64 decided = 0;
  for (const char* field : {"captions", "silent", "rejected", "failed", "dropped"}) {
    decided += count_of(stats.get(), field);
  }
  return count_of(stats.get(), "windows") > decided;
}

std::string seconds_text(double seconds) {
  g_autofree gchar* text = g_strdup_printf("%.1f s", seconds);
  return text;
}

// A medium that was played to its end.
struct PlayedMedium {
  bool has_captions = false;
  bool has_held_back = false;  // something that the level of detail did not let through
  std::string lost_tracks;     // their names
  double begin_s = 0.0;        // by its own timestamps
  double end_s = 0.0;
  double duration_s = 0.0;  // 0: unknown
  bool has_untimed_beginning = false;
};

// What is to be said of it, if anything: one line, whatever else is wrong with it.
std::string complaint_about(const Pipeline& pipeline, const PlayedMedium& medium) {
  if (!medium.lost_tracks.empty()) {
    return "captions are made without " + medium.lost_tracks + ", which cannot be decoded";
  }
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
  if (medium.has_captions) return "";
  return medium.has_held_back
             ? "gives no captions: of what is there, --detail low lets nothing through"
             : "gives no captions: it is silent, too short, or not understood";
}

// How a medium's sound and picture get to the captioner.
enum class DecodedBy { kGStreamer, kGStreamerInFull, kLibav };

std::unique_ptr<MediaSource> make_source(DecodedBy decoder, Pipeline& pipeline,
                                         GstElement* captioner, const Medium& medium,
                                         WantedStreams wanted, const CaptionedTracks& tracks) {
  if (decoder == DecodedBy::kLibav) {
    return std::make_unique<LibavSource>(pipeline, captioner, medium, wanted, tracks);
  }
  return std::make_unique<DecodebinSource>(pipeline, captioner, medium, wanted, tracks,
                                           decoder == DecodedBy::kGStreamerInFull);
}

bool libav_may_decode(const CaptionedTracks& tracks, WantedStreams wanted) {
  const bool has_sound = wanted.sound && tracks.sound && tracks.sound->is_decodable;
  const bool has_picture = wanted.picture && tracks.picture && tracks.picture->is_decodable;
  return tracks.is_recognised && (has_sound || has_picture);
}

// A medium on its way through a pipeline.
class Run {
 public:
  Run(DecodedBy decoder, const Medium& medium, const ElementProperties& properties,
      WantedStreams wanted, const CaptionedTracks& tracks)
      : medium_(medium), pipeline_(medium.name) {
    captioner_ = pipeline_.add("dalicaptioner");
    sink_ = pipeline_.add("appsink");
    g_object_set(sink_, "sync", FALSE, nullptr);  // as fast as the model allows
    // Nobody plays here what the model could disturb; `nice dali-caption` gives way to others.
    set_property(captioner_, "priority", "normal");
    for (const auto& [name, text] : properties) set_property(captioner_, name, text);
    g_object_set(captioner_, "merge-limit", kMergeLimitMs, nullptr);
    if (gst_element_link_pads(captioner_, "text_src", sink_, "sink") == FALSE) {
      throw SetupError("dalicaptioner has no pad text_src");
    }
    position_.follow(sink_);
    // GStreamer 1.22 tells of seven of the eight ways in which a camera can be held.
    if (tracks.picture && !tracks.picture->video_direction.empty()) {
      set_property(captioner_, "video-direction", tracks.picture->video_direction);
    }
    source_ = make_source(decoder, pipeline_, captioner_, medium, wanted, tracks);
  }

  MediumCaptions captions(Progress& progress, const CaptionListeners& listeners) {
    progress.begin(medium_.name);
    pipeline_.play();
    source_->start();
    return played(progress, listeners);
  }

  bool has_media() const { return source_->has_media(); }
  bool has_declined() const { return source_->has_declined(); }

 private:
  MediumCaptions played(Progress& progress, const CaptionListeners& listeners);

  const Medium& medium_;
  // These outlive the pipeline, whose threads call them.
  std::unique_ptr<MediaSource> source_;
  TextPosition position_;
  Pipeline pipeline_;
  GstElement* captioner_ = nullptr;  // the pipeline's, both
  GstElement* sink_ = nullptr;
};

MediumCaptions Run::played(Progress& progress, const CaptionListeners& listeners) {
  // A pipe or a server may take its time; a file that pauses does not go on.
  const std::optional<std::filesystem::path> path = path_of(medium_.name);
  const bool may_pause = medium_.is_read_once || !path || !std::filesystem::is_regular_file(*path);
  ArrivedCaptions captions(listeners.on_caption);
  ArrivedSpans spans;
  pipeline_.set_captioner_listener([&](const GstStructure* message) { spans.add(message); });
  double duration_s = 0.0;
  std::optional<double> zero_s;  // stays what the first caption was told with
  for (;;) {
    throw_if_interrupted();
    const MiniObject object(gst_app_sink_try_pull_object(GST_APP_SINK(sink_), kPatience));
    // Whoever fails reports it first and ends the stream then: the end is looked at before.
    const bool is_at_end = object == nullptr && gst_app_sink_is_eos(GST_APP_SINK(sink_)) != FALSE;
    pipeline_.check_messages(0, listeners.on_warning);
    if (is_at_end) break;
    if (object != nullptr && GST_IS_SAMPLE(object.get())) {
      captions.add(GST_SAMPLE(object.get()));
    }
    if (!zero_s && !captions.is_empty()) zero_s = source_->zero_s();
    if (zero_s) captions.tell_from(*zero_s);
    if (duration_s <= 0.0) duration_s = pipeline_.duration_s();
    progress.update(position_.reached_s(), duration_s - source_->taken_off_s());
    if (object == nullptr && !may_pause && source_->pause_us() > kLongestPauseUs &&
        !has_work(captioner_)) {
      throw MediaError(medium_.name + ": nothing more comes out of it; GStreamer hangs on it");
    }
  }
  if (!source_->has_media()) throw MediaError(medium_.name + ": nothing in it can be decoded");
  if (!zero_s) zero_s = source_->likely_zero_s();
  captions.tell_from(*zero_s);
  // Where a container does not store it, the duration is a guess that gets better.
  if (const double duration_now_s = pipeline_.duration_s(); duration_now_s > 0.0) {
    duration_s = duration_now_s;
  }
  const std::string lost_tracks = names_of(filled_tracks(medium_, source_->unseen_tracks()));
  const StatsHandle stats = stats_of(captioner_);
  // Events are held back one by one, whatever the captions were that name them.
  const bool has_held_back = !spans.is_empty() || count_of(stats.get(), "held-back") > 0;
  const std::string complaint =
      complaint_about(pipeline_, {.has_captions = !captions.is_empty(),
                                  .has_held_back = has_held_back,
                                  .lost_tracks = lost_tracks,
                                  .begin_s = source_->taken_off_s() + *zero_s,
                                  .end_s = source_->taken_off_s() + position_.reached_s(),
                                  .duration_s = duration_s,
                                  .has_untimed_beginning = source_->has_untimed_beginning()});
  if (!complaint.empty()) listeners.on_warning(medium_.name + ": " + complaint);
  listeners.on_stats(stats.get());
  MediumCaptions done{
      .captions = captions.take(),
      .duration_s = std::max(duration_s - source_->taken_off_s(), position_.reached_s()) - *zero_s,
      .lack_tracks = !lost_tracks.empty()};
  for (const TimedCaption& caption : done.captions) {
    done.duration_s = std::max(done.duration_s, caption.end_s);
  }
  done.spans = spans.hand_to(done.captions, *zero_s, done.duration_s);
  return done;
}

// A medium that failed before it showed anything: another decoder may know it.
class NothingCame : public MediaError {
 public:
  NothingCame(const std::string& message, bool has_declined)
      : MediaError(message), has_declined_(has_declined) {}

  bool has_declined() const { return has_declined_; }  // as MediaSource has it

 private:
  bool has_declined_;
};

MediumCaptions caption_decoded(DecodedBy decoder, const Medium& medium,
                               const ElementProperties& properties, WantedStreams wanted,
                               const CaptionedTracks& tracks, Progress& progress,
                               const CaptionListeners& listeners) {
  std::optional<Run> run;
  try {
    run.emplace(decoder, medium, properties, wanted, tracks);
    return run->captions(progress, listeners);
  } catch (const MediaError& error) {
    if (!run) throw NothingCame(error.what(), /*has_declined=*/false);
    if (!run->has_media()) throw NothingCame(error.what(), run->has_declined());
    throw;
  }
}

}  // namespace

void check_captioner(const ElementProperties& properties) {
  GstElement* captioner = make_element("dalicaptioner");
  const std::unique_ptr<GstElement, decltype(&gst_object_unref)> owned(captioner, gst_object_unref);
  for (const auto& [name, text] : properties) set_property(captioner, name, text);
  g_autofree gchar* contradiction = nullptr;
  g_object_get(captioner, "contradiction", &contradiction, nullptr);
  if (contradiction != nullptr) throw UsageError(in_words_of_options(contradiction, properties));
}

MediumCaptions caption_medium(const Medium& medium, const ElementProperties& properties,
                              Progress& progress, const CaptionListeners& listeners) {
  const WantedStreams wanted = wanted_streams(properties);
  const CaptionedTracks tracks = tracks_of(medium);
  GST_INFO("%s: sound track %d, picture track %d; 0 is none, or the first that is found",
           uri_of(medium).c_str(), tracks.sound ? tracks.sound->number : 0,
           tracks.picture ? tracks.picture->number : 0);
  const auto play = [&](DecodedBy decoder) {
    return caption_decoded(decoder, medium, properties, wanted, tracks, progress, listeners);
  };
  if (!libav_may_decode(tracks, wanted)) return play(DecodedBy::kGStreamer);
  if (tracks.is_animation) return play(DecodedBy::kLibav);
  try {
    return play(DecodedBy::kGStreamerInFull);
  } catch (const NothingCame& first) {
    GST_INFO("%s; it is tried with FFmpeg's libraries", first.what());
    try {
      return play(DecodedBy::kLibav);
    } catch (const NothingCame& second) {
      GST_INFO("%s", second.what());
      if (!first.has_declined()) throw first;
      return play(DecodedBy::kGStreamer);  // what it shows
    }
  }
}

}  // namespace dali
