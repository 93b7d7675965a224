// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include <string>
#include <type_traits>
#include <variant>

#include "gst-plugin/captioner/captioner_enums.h"
#include "gst-plugin/captioner/captioner_settings.h"

namespace dali {
namespace {

constexpr guint kShortestWindowMs = 1000;
constexpr guint kLongestWindowMs = 60000;
constexpr guint kLongestIntervalMs = 600000;
constexpr guint kMostThreads = 1024;

// Where a property's value is kept; empty for one that is not a setting.
using Member =
    std::variant<std::monostate, std::string CaptionerSettings::*, guint CaptionerSettings::*,
                 guint64 CaptionerSettings::*, double CaptionerSettings::*,
                 bool CaptionerSettings::*, Modality CaptionerSettings::*,
                 GapMode CaptionerSettings::*, TimeZero CaptionerSettings::*,
                 GstVideoOrientationMethod CaptionerSettings::*>;

Member member_of(guint property) {
  using Settings = CaptionerSettings;
  switch (property) {
    case kModelProperty:
      return &Settings::model;
    case kDeviceProperty:
      return &Settings::device;
    case kPrecisionProperty:
      return &Settings::precision;
    case kModalityProperty:
      return &Settings::modality;
    case kWindowProperty:
      return &Settings::window_ms;
    case kIntervalProperty:
      return &Settings::interval_ms;
    case kPromptProperty:
      return &Settings::prompt;
    case kMaxNewTokensProperty:
      return &Settings::max_new_tokens;
    case kTemperatureProperty:
      return &Settings::temperature;
    case kSeedProperty:
      return &Settings::seed;
    case kThreadsProperty:
      return &Settings::threads;
    case kMaxPendingProperty:
      return &Settings::max_pending;
    case kSilenceThresholdProperty:
      return &Settings::silence_threshold_db;
    case kSilenceHoldProperty:
      return &Settings::silence_hold_ms;
    case kMinConfidenceProperty:
      return &Settings::min_confidence;
    case kPassthroughProperty:
      return &Settings::passthrough;
    case kLanguageProperty:
      return &Settings::language;
    case kGapModeProperty:
      return &Settings::gap_mode;
    case kGapIntervalProperty:
      return &Settings::gap_interval_ms;
    case kTimeZeroProperty:
      return &Settings::time_zero;
    case kMergeLimitProperty:
      return &Settings::merge_limit_ms;
    case kAttachMetaProperty:
      return &Settings::attach_meta;
    case kPostMessagesProperty:
      return &Settings::post_messages;
    case kLatencyProperty:
      return &Settings::latency_ms;
    case kLatenessProperty:
      return &Settings::lateness_ms;
    case kJsonLocationProperty:
      return &Settings::json_location;
    case kVideoDirectionProperty:
      return &Settings::video_direction;
    case kDumpLocationProperty:
      return &Settings::dump_location;
    default:
      return {};
  }
}

void read(const GValue* value, std::string& text) {
  const gchar* given = g_value_get_string(value);
  text = given ? given : "";
}

void write(GValue* value, const std::string& text) {
  g_value_set_string(value, text.empty() ? nullptr : text.c_str());
}

void read(const GValue* value, guint& number) {
  number = g_value_get_uint(value);
}

void write(GValue* value, guint number) {
  g_value_set_uint(value, number);
}

void read(const GValue* value, guint64& number) {
  number = g_value_get_uint64(value);
}

void write(GValue* value, guint64 number) {
  g_value_set_uint64(value, number);
}

void read(const GValue* value, double& number) {
  number = g_value_get_double(value);
}

void write(GValue* value, double number) {
  g_value_set_double(value, number);
}

void read(const GValue* value, bool& flag) {
  flag = g_value_get_boolean(value);
}

void write(GValue* value, bool flag) {
  g_value_set_boolean(value, flag);
}

template <typename Enum>
requires std::is_enum_v<Enum>
void read(const GValue* value, Enum& choice) {
  choice = static_cast<Enum>(g_value_get_enum(value));
}

template <typename Enum>
requires std::is_enum_v<Enum>
void write(GValue* value, Enum choice) {
  g_value_set_enum(value, static_cast<int>(choice));
}

}  // namespace

void install_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_PLAYING);
  const auto ready_flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                    GST_PARAM_MUTABLE_READY);
  const CaptionerSettings defaults;
  const auto install = [object_class](CaptionerProperty property, GParamSpec* specification) {
    g_object_class_install_property(object_class, property, specification);
  };
  install(
      kModelProperty,
      g_param_spec_string("model", "Model",
                          "Directory of the model; none: the embedded one. Read from NULL to READY",
                          nullptr, ready_flags));
  install(kDeviceProperty,
          g_param_spec_string(
              "device", "Device",
              "Where the model runs: auto, cpu, cuda or cuda:N. Read from NULL to READY",
              defaults.device.c_str(), ready_flags));
  install(
      kPrecisionProperty,
      g_param_spec_string("precision", "Precision",
                          "What the weights are computed in: float32, bfloat16 or auto, which is "
                          "float32 for weights of up to 4 GiB in it. Read from NULL to READY",
                          defaults.precision.c_str(), ready_flags));
  install(kModalityProperty,
          g_param_spec_enum("modality", "Modality", "What captions are made from", modality_type(),
                            static_cast<int>(defaults.modality), flags));
  install(kWindowProperty,
          g_param_spec_uint("window", "Window", "Length of a window, in milliseconds",
                            kShortestWindowMs, kLongestWindowMs, defaults.window_ms, flags));
  install(kIntervalProperty,
          g_param_spec_uint("interval", "Interval",
                            "From one window's start to the next's, in milliseconds, at least 100; "
                            "0: the window's length. Shorter than that, windows overlap",
                            0, kLongestIntervalMs, defaults.interval_ms, flags));
  install(kPromptProperty,
          g_param_spec_string("prompt", "Prompt",
                              "What the model is asked; none: the model's own question", nullptr,
                              flags));
  install(kMaxNewTokensProperty,
          g_param_spec_uint("max-new-tokens", "Maximum of new tokens",
                            "The longest caption, in tokens; 0: the model's own limit", 0, 4096,
                            defaults.max_new_tokens, flags));
  install(kTemperatureProperty,
          g_param_spec_double("temperature", "Temperature",
                              "Of sampling; 0: always the likeliest token (greedy)", 0.0, 10.0,
                              defaults.temperature, flags));
  install(kSeedProperty,
          g_param_spec_uint64("seed", "Seed", "Of sampling: the same seed gives the same captions",
                              0, G_MAXUINT64, defaults.seed, flags));
  install(kThreadsProperty,
          g_param_spec_uint("threads", "Threads",
                            "Threads that compute a caption on the processor; 0: as many as there "
                            "are processors that this process may use, or OMP_NUM_THREADS. Each "
                            "element has its own, but the matrix products of float32 share "
                            "OpenBLAS's, one number for the process, which the element that began "
                            "last sets. The same number gives the same captions, bit by bit",
                            0, kMostThreads, defaults.threads, flags));
  install(kMaxPendingProperty,
          g_param_spec_uint("max-pending", "Maximum pending",
                            "Windows that may wait for the model. Beyond them a file waits, and a "
                            "live stream loses the oldest",
                            1, 64, defaults.max_pending, flags));
  install(kSilenceThresholdProperty,
          g_param_spec_double("silence-threshold", "Silence threshold",
                              "Level below which sound is silence, which no caption is made from: "
                              "RMS of 50 ms of the loudest channel, in decibels of full scale",
                              -120.0, 0.0, defaults.silence_threshold_db, flags));
  install(kSilenceHoldProperty,
          g_param_spec_uint("silence-hold", "Silence hold",
                            "How long a sound counts as heard after it fell below the threshold, "
                            "in milliseconds: a window that begins in that time is described",
                            0, 60000, defaults.silence_hold_ms, flags));
  install(kMinConfidenceProperty,
          g_param_spec_double("min-confidence", "Minimal confidence",
                              "Captions that the model is less sure of are not shown: geometric "
                              "mean of its tokens' probabilities, from 0 to 1",
                              0.0, 1.0, defaults.min_confidence, flags));
  install(kPassthroughProperty,
          g_param_spec_boolean("passthrough", "Passthrough",
                               "Caption nothing: what came before is still captioned, what comes "
                               "now only passes through",
                               defaults.passthrough, flags));
  install(kLanguageProperty,
          g_param_spec_string("language", "Language",
                              "ISO 639 code of the captions' language, as the text "
                              "stream's tag says it; none: no tag",
                              defaults.language.c_str(), flags));
  install(kGapModeProperty,
          g_param_spec_enum("gap-mode", "Gap mode", "What text_src sends where there is no caption",
                            gap_mode_type(), static_cast<int>(defaults.gap_mode), flags));
  install(kGapIntervalProperty, g_param_spec_uint("gap-interval", "Gap interval",
                                                  "Length of the longest gap sent, in milliseconds",
                                                  10, 10000, defaults.gap_interval_ms, flags));
  install(kTimeZeroProperty,
          g_param_spec_enum("time-zero", "Time zero",
                            "What the timestamps of captions count from, as writers of files see "
                            "them. Captions stay in time with sound and picture either way. Read "
                            "as the stream starts",
                            time_zero_type(), static_cast<int>(defaults.time_zero), flags));
  install(kMergeLimitProperty,
          g_param_spec_uint("merge-limit", "Merge limit",
                            "Of a file: captions that repeat each other become one, at most so "
                            "long, in milliseconds. Each is held until the next differs, so queues "
                            "beside the text must hold that much more; 0: none is held",
                            0, kLongestIntervalMs, defaults.merge_limit_ms, flags));
  install(kAttachMetaProperty,
          g_param_spec_boolean("attach-meta", "Attach metadata",
                               "Put a DaliCaptionMeta on text buffers, and on audio and video "
                               "buffers of a window whose caption is known in time",
                               defaults.attach_meta, flags));
  install(kPostMessagesProperty,
          g_param_spec_boolean("post-messages", "Post messages",
                               "Post an element message DaliCaptionMeta with each caption",
                               defaults.post_messages, flags));
  install(kJsonLocationProperty,
          g_param_spec_string("json-location", "JSON location",
                              "File that a line of JSON is appended to for every window: its "
                              "times, what became of it and how long that took; none: no file. "
                              "Read from READY to PAUSED",
                              nullptr, ready_flags));
  install(kDumpLocationProperty,
          g_param_spec_string("dump-location", "Dump location",
                              "Folder that every described window is written to as a clip, sound "
                              "and frame, with a manifest.jsonl that dali-label and the training "
                              "executables read; none: nowhere. Read from READY to PAUSED",
                              nullptr, ready_flags));
  install(kLatencyProperty,
          g_param_spec_uint("latency", "Latency",
                            "Of a live stream: how long after a window's end its caption may come, "
                            "in milliseconds. A caption that takes longer is shown later. -1: each "
                            "caption is shown when it is ready, and the stream waits for none",
                            0, kUnsynchronised, defaults.latency_ms, flags));
  install(kLatenessProperty,
          g_param_spec_uint("lateness", "Lateness",
                            "Of a live stream: how much later than what they describe captions are "
                            "shown, in milliseconds. The stream's latency is less by as much",
                            0, 600000, defaults.lateness_ms, flags));
  install(kVideoDirectionProperty,
          g_param_spec_enum("video-direction", "Video direction",
                            "How the model's picture is turned; auto: as the image-orientation tag "
                            "of the stream says. What passes through stays as it is. Behind a "
                            "videoflip, which may leave the tag as it was, use identity",
                            GST_TYPE_VIDEO_ORIENTATION_METHOD, defaults.video_direction, flags));
  const auto read_flags = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  install(kStatsProperty,
          g_param_spec_boxed("stats", "Statistics",
                             "Windows since READY to PAUSED: windows, captions, silent, rejected, "
                             "failed, dropped, pending (counts), last-describe-time and "
                             "describe-time (the model's); described and tokens (counts), and "
                             "where the time of all described windows went: mel-time, pixels-time, "
                             "audio-tower-time, vision-tower-time, prefill-time (to the first "
                             "token), decoding-time (the other tokens); load-time of the model. "
                             "Times in nanoseconds",
                             GST_TYPE_STRUCTURE, read_flags));
  install(kMaxObservedDelayProperty,
          g_param_spec_uint("max-observed-delay", "Maximum observed delay",
                            "The longest time since READY to PAUSED from a window's end to its "
                            "caption, in milliseconds: the latency that would have done",
                            0, G_MAXUINT, 0, read_flags));
  gst_type_mark_as_plugin_api(modality_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gap_mode_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(time_zero_type(), static_cast<GstPluginAPIFlags>(0));
}

bool set_setting(CaptionerSettings& settings, guint property, const GValue* value) {
  const auto set = [&](auto member) {
    if constexpr (std::is_same_v<decltype(member), std::monostate>)
      return false;
    else {
      read(value, settings.*member);
      return true;
    }
  };
  return std::visit(set, member_of(property));
}

bool get_setting(const CaptionerSettings& settings, guint property, GValue* value) {
  const auto get = [&](auto member) {
    if constexpr (std::is_same_v<decltype(member), std::monostate>)
      return false;
    else {
      write(value, settings.*member);
      return true;
    }
  };
  return std::visit(get, member_of(property));
}

}  // namespace dali
