// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <string>

#include "gst-plugin/captioner/caption_delivery.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/captioner/text_output.h"
#include "gst-plugin/session/engine_pool.h"
#include "gst-plugin/session/sampled_window.h"

namespace dali {

// What captions are about.
enum class CaptionMode {
  kWindows,  // each window
  kEvents,   // what starts, goes on for long, and stops
};

// Where windows end before they are of their full length.
enum class WindowCuts {
  kGrid,   // nowhere
  kShots,  // where the pictures cut to another shot
};

// The properties of dalicaptioner, as the user set them. Their defaults stand here alone.
struct CaptionerSettings {
  // Read from NULL to READY.
  std::string model;  // empty: the embedded one
  std::string device = "auto";
  std::string precision = "auto";
  CaptionMode mode = CaptionMode::kWindows;
  // Read as each window begins, but for max_pending and batch, which count at once.
  Modality modality = Modality::kAuto;
  guint window_ms = 10000;
  WindowCuts window_cuts = WindowCuts::kGrid;
  guint shortest_window_ms = 3000;
  PictureMoment picture_at = PictureMoment::kMiddle;
  guint interval_ms = 0;     // 0: the window's length; a quarter of it in the mode of events
  std::string prompt;        // empty: the model's
  guint max_new_tokens = 0;  // 0: the model's
  double temperature = 0.0;
  guint64 seed = 0;
  bool locate_words = false;
  guint threads = 0;                               // 0: the processors that the process may use
  ThreadPriority priority = ThreadPriority::kLow;  // at once
  guint max_pending = 4;
  guint batch = 0;  // 0: as the model and the memory let it
  double silence_threshold_db = -60.0;
  guint silence_hold_ms = 0;
  double min_confidence = 0.0;
  bool off_screen = false;
  // Read with each buffer.
  bool passthrough = false;
  // Read with each picture that is sampled.
  GstVideoOrientationMethod video_direction = GST_VIDEO_ORIENTATION_AUTO;
  // Read from READY to PAUSED; empty: none.
  std::string json_location;
  std::string dump_location;
  // Read with each caption and gap, but for what the text's stream opens with.
  std::string language = "en";  // as it opens
  GapMode gap_mode = GapMode::kEvent;
  TimeZero time_zero = TimeZero::kFirstMoment;  // as it opens
  guint gap_interval_ms = 500;
  guint merge_limit_ms = 0;
  guint refresh_ms = 60000;
  bool tells_stops = false;
  guint enter_windows = 2;
  guint leave_windows = 2;
  double sure_confidence = 1.0;
  DetailLevel detail = DetailLevel::kNormal;
  double off_screen_gain = kOffScreenGain;
  bool attach_meta = true;
  bool post_messages = true;
  // With the window's length, also what text_src answers to a LATENCY query.
  guint latency_ms = 3000;  // kUnsynchronised: whenever it is ready
  guint lateness_ms = 0;
};

inline constexpr guint kUnsynchronised = G_MAXUINT;

// A sentence on what cannot be, of those that go together: windows that end at shots, and what asks
// for windows that overlap or lie apart. Windows end nowhere early then. Empty: all is well.
std::string contradiction(const CaptionerSettings& settings);

// What each part needs of them.
EngineKey engine_key(const CaptionerSettings& settings);
WindowSettings window_settings(const CaptionerSettings& settings);
DeliverySettings delivery_settings(const CaptionerSettings& settings);
TextSettings text_settings(const CaptionerSettings& settings);
LiveTiming live_timing(const CaptionerSettings& settings);

}  // namespace dali
