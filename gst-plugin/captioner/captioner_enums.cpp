// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_enums.h"

#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/property_table.h"

namespace dali {

GType caption_mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(CaptionMode::kWindows), "Each window has its caption", "windows"},
      {static_cast<int>(CaptionMode::kEvents),
       "What starts has a caption, and what goes on has none", "events"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliCaptionMode", values);
  return type;
}

GType window_cuts_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(WindowCuts::kGrid), "At their full length, each after the other", "grid"},
      {static_cast<int>(WindowCuts::kShots), "Where the pictures cut to another shot as well",
       "shots"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliWindowCuts", values);
  return type;
}

GType picture_moment_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(PictureMoment::kMiddle), "In the middle of the window", "middle"},
      {static_cast<int>(PictureMoment::kLoudestChange),
       "Where the sound grows loudest at once, or in the middle where it does not",
       "loudest-change"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliPictureMoment", values);
  return type;
}

GType detail_level_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(DetailLevel::kLow), "What is sure, loud enough and new", "low"},
      {static_cast<int>(DetailLevel::kNormal), "What the other properties let through", "normal"},
      {static_cast<int>(DetailLevel::kHigh), "All, also what is less sure and what repeats itself",
       "high"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliDetail", values);
  return type;
}

GType modality_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Modality::kAuto), "Whatever the window holds", "auto"},
      {static_cast<int>(Modality::kAudio), "Sound alone", "audio"},
      {static_cast<int>(Modality::kImage), "Picture alone", "image"},
      {static_cast<int>(Modality::kAudiovisual), "Sound and picture", "audiovisual"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliModality", values);
  return type;
}

GType priority_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(ThreadPriority::kNormal), "That of the threads around them", "normal"},
      {static_cast<int>(ThreadPriority::kLow), "Nice by 10: about a tenth of a busy processor",
       "low"},
      {static_cast<int>(ThreadPriority::kLowest), "As nice as can be: next to nothing of it",
       "lowest"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliPriority", values);
  return type;
}

GType gap_mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(GapMode::kEvent), "GAP events", "event"},
      {static_cast<int>(GapMode::kEmptyBuffer),
       "An empty buffer before each GAP event, for mp4mux; not for srtenc and webvttenc",
       "empty-buffer"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliGapMode", values);
  return type;
}

GType time_zero_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(TimeZero::kFirstMoment),
       "The first moment that the media present, as players count; of a live stream, stream time",
       "first-moment"},
      {static_cast<int>(TimeZero::kRunningTime), "Running time", "running-time"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliTimeZero", values);
  return type;
}

}  // namespace dali
