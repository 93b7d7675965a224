#pragma once

#include <glib-object.h>

#include <string>

#include "gst-plugin/session/engine_pool.h"
#include "gst-plugin/session/sampled_window.h"
#include "gst-plugin/text_output.h"

namespace dali {

// The properties of dalicaptioner, as the user set them. Guarded by the element's object lock.
struct CaptionerSettings {
  // Read from NULL to READY.
  std::string model;  // empty: the embedded one
  std::string device = "auto";
  std::string precision = "auto";
  // Read as each window begins.
  Modality modality = Modality::kAuto;
  guint window_ms = 10000;
  guint interval_ms = 0;     // 0: the window's length
  std::string prompt;        // empty: the model's
  guint max_new_tokens = 0;  // 0: the model's
  double temperature = 0.0;
  guint64 seed = 0;
  guint max_pending = 4;
  // Read with each caption.
  std::string language = "en";
  GapMode gap_mode = GapMode::kEvent;
  guint gap_interval_ms = 500;
  bool attach_meta = true;
  bool post_messages = true;
};

EngineKey engine_key(const CaptionerSettings& settings);
WindowSettings window_settings(const CaptionerSettings& settings);
TextSettings text_settings(const CaptionerSettings& settings);

enum CaptionerProperty : guint {
  kModelProperty = 1,
  kDeviceProperty,
  kPrecisionProperty,
  kModalityProperty,
  kWindowProperty,
  kIntervalProperty,
  kPromptProperty,
  kMaxNewTokensProperty,
  kTemperatureProperty,
  kSeedProperty,
  kMaxPendingProperty,
  kLanguageProperty,
  kGapModeProperty,
  kGapIntervalProperty,
  kAttachMetaProperty,
  kPostMessagesProperty,
  kStatsProperty,  // the session's counters: not a setting
};

void install_properties(GObjectClass* object_class);
// Both with the object lock held. False for a property that is not a setting.
bool set_setting(CaptionerSettings& settings, guint property, const GValue* value);
bool get_setting(const CaptionerSettings& settings, guint property, GValue* value);

}  // namespace dali
