#include "gst-plugin/captioner_settings.h"

#include <gst/gst.h>

#include <algorithm>

namespace dali {
namespace {

constexpr guint kShortestWindowMs = 1000;
constexpr guint kLongestWindowMs = 60000;
constexpr guint kShortestIntervalMs = 100;
constexpr guint kLongestIntervalMs = 600000;

GType modality_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Modality::kAuto), "Whatever the window holds", "auto"},
      {static_cast<int>(Modality::kAudio), "Sound alone", "audio"},
      {static_cast<int>(Modality::kImage), "Picture alone", "image"},
      {static_cast<int>(Modality::kAudiovisual), "Sound and picture", "audiovisual"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliModality", values);
  return type;
}

GType gap_mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(GapMode::kEvent), "GAP events", "event"},
      {static_cast<int>(GapMode::kEmptyBuffer),
       "An empty buffer before each GAP event, for mp4mux; not for srtenc and webvttenc",
       "empty-buffer"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliGapMode", values);
  return type;
}

std::string string_of(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

void set_string(GValue* value, const std::string& text) {
  g_value_set_string(value, text.empty() ? nullptr : text.c_str());
}

std::int64_t nanoseconds(guint milliseconds) {
  return static_cast<std::int64_t>(milliseconds) * 1'000'000;
}

}  // namespace

EngineKey engine_key(const CaptionerSettings& settings) {
  return {.directory = settings.model, .device = settings.device, .precision = settings.precision};
}

WindowSettings window_settings(const CaptionerSettings& settings) {
  const guint interval_ms = settings.interval_ms == 0 ? settings.window_ms : settings.interval_ms;
  WindowSettings window;
  window.window_ns = nanoseconds(settings.window_ms);
  window.interval_ns = nanoseconds(std::max(interval_ms, kShortestIntervalMs));
  window.max_pending = static_cast<int>(settings.max_pending);
  window.request.modality = settings.modality;
  if (!settings.prompt.empty()) window.request.question = settings.prompt;
  if (settings.max_new_tokens > 0) {
    window.request.max_new_tokens = static_cast<int>(settings.max_new_tokens);
  }
  window.request.temperature = settings.temperature;
  window.request.seed = settings.seed;
  return window;
}

TextSettings text_settings(const CaptionerSettings& settings) {
  return {.language = settings.language,
          .gap_mode = settings.gap_mode,
          .gap_interval_ns = nanoseconds(settings.gap_interval_ms)};
}

void install_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_PLAYING);
  const auto load_flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                   GST_PARAM_MUTABLE_READY);
  const CaptionerSettings defaults;
  const auto install = [object_class](CaptionerProperty property, GParamSpec* specification) {
    g_object_class_install_property(object_class, property, specification);
  };
  install(
      kModelProperty,
      g_param_spec_string("model", "Model",
                          "Directory of the model; none: the embedded one. Read from NULL to READY",
                          nullptr, load_flags));
  install(kDeviceProperty,
          g_param_spec_string(
              "device", "Device",
              "Where the model runs: auto, cpu, cuda or cuda:N. Read from NULL to READY",
              defaults.device.c_str(), load_flags));
  install(kPrecisionProperty,
          g_param_spec_string("precision", "Precision",
                              "What the weights are computed in: auto, float32 or bfloat16. Read "
                              "from NULL to READY",
                              defaults.precision.c_str(), load_flags));
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
  install(kMaxPendingProperty,
          g_param_spec_uint("max-pending", "Maximum pending",
                            "Windows that may wait for the model. Beyond them a file waits, and a "
                            "live stream loses the oldest",
                            1, 64, defaults.max_pending, flags));
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
  install(kAttachMetaProperty,
          g_param_spec_boolean("attach-meta", "Attach metadata",
                               "Put a DaliCaptionMeta on text buffers, and on audio and video "
                               "buffers of a window whose caption is known in time",
                               defaults.attach_meta, flags));
  install(kPostMessagesProperty,
          g_param_spec_boolean("post-messages", "Post messages",
                               "Post an element message DaliCaptionMeta with each caption",
                               defaults.post_messages, flags));
  install(kStatsProperty,
          g_param_spec_boxed("stats", "Statistics",
                             "Windows since READY to PAUSED: windows, captions, silent, failed, "
                             "dropped, pending (counts), last-describe-time and describe-time (the "
                             "model's, in nanoseconds)",
                             GST_TYPE_STRUCTURE,
                             static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  gst_type_mark_as_plugin_api(modality_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(gap_mode_type(), static_cast<GstPluginAPIFlags>(0));
}

bool set_setting(CaptionerSettings& settings, guint property, const GValue* value) {
  switch (property) {
    case kModelProperty:
      settings.model = string_of(value);
      return true;
    case kDeviceProperty:
      settings.device = string_of(value);
      return true;
    case kPrecisionProperty:
      settings.precision = string_of(value);
      return true;
    case kModalityProperty:
      settings.modality = static_cast<Modality>(g_value_get_enum(value));
      return true;
    case kWindowProperty:
      settings.window_ms = g_value_get_uint(value);
      return true;
    case kIntervalProperty:
      settings.interval_ms = g_value_get_uint(value);
      return true;
    case kPromptProperty:
      settings.prompt = string_of(value);
      return true;
    case kMaxNewTokensProperty:
      settings.max_new_tokens = g_value_get_uint(value);
      return true;
    case kTemperatureProperty:
      settings.temperature = g_value_get_double(value);
      return true;
    case kSeedProperty:
      settings.seed = g_value_get_uint64(value);
      return true;
    case kMaxPendingProperty:
      settings.max_pending = g_value_get_uint(value);
      return true;
    case kLanguageProperty:
      settings.language = string_of(value);
      return true;
    case kGapModeProperty:
      settings.gap_mode = static_cast<GapMode>(g_value_get_enum(value));
      return true;
    case kGapIntervalProperty:
      settings.gap_interval_ms = g_value_get_uint(value);
      return true;
    case kAttachMetaProperty:
      settings.attach_meta = g_value_get_boolean(value);
      return true;
    case kPostMessagesProperty:
      settings.post_messages = g_value_get_boolean(value);
      return true;
    default:
      return false;
  }
}

bool get_setting(const CaptionerSettings& settings, guint property, GValue* value) {
  switch (property) {
    case kModelProperty:
      set_string(value, settings.model);
      return true;
    case kDeviceProperty:
      set_string(value, settings.device);
      return true;
    case kPrecisionProperty:
      set_string(value, settings.precision);
      return true;
    case kModalityProperty:
      g_value_set_enum(value, static_cast<int>(settings.modality));
      return true;
    case kWindowProperty:
      g_value_set_uint(value, settings.window_ms);
      return true;
    case kIntervalProperty:
      g_value_set_uint(value, settings.interval_ms);
      return true;
    case kPromptProperty:
      set_string(value, settings.prompt);
      return true;
    case kMaxNewTokensProperty:
      g_value_set_uint(value, settings.max_new_tokens);
      return true;
    case kTemperatureProperty:
      g_value_set_double(value, settings.temperature);
      return true;
    case kSeedProperty:
      g_value_set_uint64(value, settings.seed);
      return true;
    case kMaxPendingProperty:
      g_value_set_uint(value, settings.max_pending);
      return true;
    case kLanguageProperty:
      set_string(value, settings.language);
      return true;
    case kGapModeProperty:
      g_value_set_enum(value, static_cast<int>(settings.gap_mode));
      return true;
    case kGapIntervalProperty:
      g_value_set_uint(value, settings.gap_interval_ms);
      return true;
    case kAttachMetaProperty:
      g_value_set_boolean(value, settings.attach_meta);
      return true;
    case kPostMessagesProperty:
      g_value_set_boolean(value, settings.post_messages);
      return true;
    default:
      return false;
  }
}

}  // namespace dali
