// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_properties.h"

#include <cmath>

#include "gst-plugin/captioner/captioner_enums.h"
#include "model/base/caption.h"

namespace dali {
namespace {

constexpr guint kShortestWindowMs = 1000;
constexpr guint kLongestWindowMs = 60000;
constexpr guint kLongestIntervalMs = 600000;

guint64 nanoseconds(double seconds) {
  return static_cast<guint64>(std::llround(seconds * 1e9));
}

}  // namespace

const PropertyTable<CaptionerSettings>& captioner_properties() {
  using Settings = CaptionerSettings;
  constexpr auto kReady = Mutability::kReady;
  constexpr auto kPlaying = Mutability::kPlaying;
  static const PropertyTable<Settings> table({
      {{"model", "Model",
        "The directory of the model, the name of a fetched one, the socket that another process "
        "serves one at, or none for the embedded one. It is read from NULL to READY."},
       property::text(&Settings::model),
       kReady},
      {{"device", "Device",
        "Where the model runs: auto, cpu, cuda or cuda:N. It is read from NULL to READY."},
       property::text(&Settings::device),
       kReady},
      {{"precision", "Precision",
        "What the weights are computed in: float32, bfloat16 or auto, which is float32 for weights "
        "of up to 4 GiB in it. It is read from NULL to READY."},
       property::text(&Settings::precision),
       kReady},
      {{"mode", "Mode",
        "What captions are about: windows of the media, or events, which are said once when they "
        "start instead of in every window."},
       property::choice(&Settings::mode, caption_mode_type()),
       kReady},
      {{"modality", "Modality", "What captions are made from."},
       property::choice(&Settings::modality, modality_type()),
       kPlaying},
      {{"window", "Window", "The length of a window, in milliseconds."},
       property::count(&Settings::window_ms, kShortestWindowMs, kLongestWindowMs),
       kPlaying},
      {{"interval", "Interval",
        "The time from one window's start to the next's, in milliseconds: at least 100, or 0 for "
        "the window's length, of which it is a quarter in the mode of events. Windows overlap "
        "where it is shorter than that."},
       property::count(&Settings::interval_ms, 0, kLongestIntervalMs),
       kPlaying},
      {{"window-cuts", "Window cuts",
        "Where windows end. Those that end at shots begin anew there, so that none mixes two "
        "shots; this goes neither with the mode of events nor with an interval longer than the "
        "window, and makes no difference without pictures."},
       property::choice(&Settings::window_cuts, window_cuts_type()),
       kPlaying},
      {{"shortest-window", "Shortest window",
        "Where windows end at shots, the length that a shot's end has to leave one, in "
        "milliseconds: at least a sixteenth of the window's length and no more than it."},
       property::count(&Settings::shortest_window_ms, kShortestWindowMs, kLongestWindowMs),
       kPlaying},
      {{"picture-at", "Picture at", "Which moment of its window the model's picture shows."},
       property::choice(&Settings::picture_at, picture_moment_type()),
       kPlaying},
      {{"prompt", "Prompt", "What the model is asked, or none for the model's own question."},
       property::text(&Settings::prompt),
       kPlaying},
      {{"max-new-tokens", "Maximum of new tokens",
        "The length of the longest caption, in tokens, or 0 for the model's own limit."},
       property::count(&Settings::max_new_tokens, 0, 4096),
       kPlaying},
      {{"temperature", "Temperature",
        "How far sampling strays from the likeliest token, which 0 always takes."},
       property::real(&Settings::temperature, 0.0, 10.0),
       kPlaying},
      {{"seed", "Seed", "Where sampling begins: the same seed gives the same captions."},
       property::long_count(&Settings::seed, 0, G_MAXUINT64),
       kPlaying},
      {{"locate-words", "Locate words",
        "Whether captions say when in their window the things sound that they name. The model then "
        "looks at each window some twenty times more, with parts of the sound hidden."},
       property::flag(&Settings::locate_words),
       kPlaying},
      {{"threads", "Threads",
        "How many threads compute a caption on the processor. 0 stands for as many as there are "
        "processors that this process may use, or for OMP_NUM_THREADS. Each element has its own, "
        "but the matrix products of float32 share OpenBLAS's, one number for the process, which "
        "the element that began last sets. The same number gives the same captions, bit by bit."},
       property::count(&Settings::threads, 0, 1024),
       kPlaying},
      {{"priority", "Priority",
        "How much of a busy processor the threads of the model get beside the others of the "
        "process, which keep theirs. OpenBLAS's, one set for the process, take it from the element "
        "that loads the first model."},
       property::choice(&Settings::priority, priority_type()),
       kPlaying},
      {{"max-pending", "Maximum pending",
        "How many windows may wait for the model. Beyond them a file waits, and a live stream "
        "loses the oldest."},
       property::count(&Settings::max_pending, 1, 64),
       kPlaying},
      {{"batch", "Batch",
        "How many windows of a file are described together, if as many wait: a pass of the model "
        "then makes a word of each. All elements that share a model share the passes. Each window "
        "has memory of its own meanwhile. 1 describes them one by one, and 0 as many as a quarter "
        "of the available memory holds, up to four. The captions are the same, and a live stream "
        "never waits."},
       property::count(&Settings::batch, 0, 64),
       kPlaying},
      {{"silence-threshold", "Silence threshold",
        "The level below which sound is silence, which no caption is made from: the RMS of 50 ms "
        "of the loudest channel, in decibels of full scale."},
       property::real(&Settings::silence_threshold_db, -120.0, 0.0),
       kPlaying},
      {{"silence-hold", "Silence hold",
        "How long a sound counts as heard after it fell below the threshold, in milliseconds: a "
        "window that begins in that time is described."},
       property::count(&Settings::silence_hold_ms, 0, 60000),
       kPlaying},
      {{"min-confidence", "Minimal confidence",
        "The confidence below which captions are not shown: the geometric mean of the "
        "probabilities of a caption's tokens, from 0 to 1."},
       property::real(&Settings::min_confidence, 0.0, 1.0),
       kPlaying},
      {{"passthrough", "Passthrough",
        "Whether nothing is captioned: what came before still is, what comes now only passes "
        "through."},
       property::flag(&Settings::passthrough),
       kPlaying},
      {{"language", "Language",
        "The ISO 639 code of the captions' language, as the text stream's tag says it, or none for "
        "no tag. It is read as the stream starts."},
       property::text(&Settings::language),
       kPlaying},
      {{"gap-mode", "Gap mode", "What text_src sends where there is no caption."},
       property::choice(&Settings::gap_mode, gap_mode_type()),
       kPlaying},
      {{"gap-interval", "Gap interval", "The length of the longest gap sent, in milliseconds."},
       property::count(&Settings::gap_interval_ms, 10, 10000),
       kPlaying},
      {{"time-zero", "Time zero",
        "What the timestamps of captions count from, as writers of files see them. Captions stay "
        "in time with sound and picture either way. It is read as the stream starts."},
       property::choice(&Settings::time_zero, time_zero_type()),
       kPlaying},
      {{"merge-limit", "Merge limit",
        "In a file, captions that repeat each other become one of at most this length, in "
        "milliseconds. Each is held until the next differs, so queues beside the text must hold "
        "that much more. 0 holds none."},
       property::count(&Settings::merge_limit_ms, 0, kLongestIntervalMs),
       kPlaying},
      {{"refresh", "Refresh",
        "In the mode of events, after how long something that goes on has a caption again, in "
        "milliseconds; until then it has none, even if it stops and starts. With 0 it has one "
        "each time that it starts, and no other."},
       property::count(&Settings::refresh_ms, 0, 3600000),
       kPlaying},
      {{"tell-stops", "Tell stops",
        "In the mode of events, whether there is a caption when something stops."},
       property::flag(&Settings::tells_stops),
       kPlaying},
      {{"enter-windows", "Windows to enter",
        "In the mode of events, how many windows have to name something before it has started. "
        "It is one where windows do not overlap."},
       property::count(&Settings::enter_windows, 1, 16),
       kPlaying},
      {{"leave-windows", "Windows to leave",
        "In the mode of events, how many windows in a row have to be without something before it "
        "has stopped. Silence stops it at once."},
       property::count(&Settings::leave_windows, 1, 16),
       kPlaying},
      {{"sure-confidence", "Sure confidence",
        "In the mode of events, the confidence of a caption from which one window is enough to "
        "let what it names start, from 0 to 1. With 1 no single one is."},
       property::real(&Settings::sure_confidence, 0.0, 1.0),
       kPlaying},
      {{"detail", "Level of detail",
        "How much is said. With low, what the model is sure of, what is not far quieter than the "
        "programme, and what has not been said for two minutes."},
       property::choice(&Settings::detail, detail_level_type()),
       kPlaying},
      {{"off-screen", "Off screen",
        "Whether captions of sound and picture say what is heard and not seen. The model then "
        "looks at each of them once more without the sound."},
       property::flag(&Settings::off_screen),
       kPlaying},
      {{"off-screen-gain", "Off-screen gain",
        "How much likelier, as a natural logarithm, the sound has to make the name of something "
        "than the picture alone for it to count as heard and not seen."},
       property::real(&Settings::off_screen_gain, 0.0, 100.0),
       kPlaying},
      {{"attach-meta", "Attach metadata",
        "Whether a DaliCaptionMeta is put on text buffers, and on audio and video buffers of a "
        "window whose caption is known in time; in a build with GStreamer 1.24 or later, a "
        "classification of GstAnalytics as well."},
       property::flag(&Settings::attach_meta),
       kPlaying},
      {{"post-messages", "Post messages",
        "Whether an element message DaliCaptionMeta is posted with each caption."},
       property::flag(&Settings::post_messages),
       kPlaying},
      {{"json-location", "JSON location",
        "The file that a line of JSON is appended to for every window, with its times, what became "
        "of it and how long that took, or none for no file. It is read from READY to PAUSED."},
       property::text(&Settings::json_location),
       kReady},
      {{"dump-location", "Dump location",
        "The folder that every described window is written to as a clip, sound and picture, with a "
        "manifest.jsonl that dali-label and the training executables read, or none for no clips. "
        "It is read from READY to PAUSED."},
       property::text(&Settings::dump_location),
       kReady},
      {{"latency", "Latency",
        "In a live stream, how long after a window's end its caption may come, in milliseconds. A "
        "caption that takes longer is shown later. With -1 each caption is shown when it is ready, "
        "and the stream waits for none."},
       property::count(&Settings::latency_ms, 0, kUnsynchronised),
       kPlaying},
      {{"lateness", "Lateness",
        "In a live stream, how much later than what they describe captions are shown, in "
        "milliseconds. The stream's latency is less by as much."},
       property::count(&Settings::lateness_ms, 0, 600000),
       kPlaying},
      {{"video-direction", "Video direction",
        "How the model's picture is turned. With auto it is as the image-orientation tag of the "
        "stream says. What passes through stays as it is. Behind a videoflip, which may leave the "
        "tag as it was, use identity."},
       property::choice(&Settings::video_direction, GST_TYPE_VIDEO_ORIENTATION_METHOD),
       kPlaying},
  });
  return table;
}

const PropertyTable<CaptionerReadings>& captioner_readings() {
  using Readings = CaptionerReadings;
  static const PropertyTable<Readings> table(
      {
          {{"stats", "Statistics",
            "The windows since READY to PAUSED, as a structure: windows, captions, silent, "
            "rejected, held-back (of these, for the level of detail), failed, dropped, pending "
            "(counts), last-describe-time and describe-time "
            "(the model's); described and tokens (counts), and where the time of all described "
            "windows went: mel-time, pixels-time, audio-tower-time, vision-tower-time, "
            "prefill-time (to the first token), decoding-time (the other tokens), locating-time "
            "and weighing-time (of words); load-time of the "
            "model, and precision: what it is kept and multiplied in, and why (a sentence; empty "
            "until it is loaded). Times are in nanoseconds."},
           property::structure(&Readings::stats),
           Mutability::kNever},
          {{"max-observed-delay", "Maximum observed delay",
            "The longest time since READY to PAUSED from a window's end to its caption, in "
            "milliseconds: the latency that would have done."},
           property::count(&Readings::max_observed_delay_ms, 0, G_MAXUINT),
           Mutability::kNever},
          {{"contradiction", "Contradiction",
            "A sentence on properties that do not go together as they are set, with which no "
            "stream begins, or none where all is well."},
           property::text(&Readings::contradiction),
           Mutability::kNever},
      },
      captioner_properties().end_id());
  return table;
}

StructureHandle stats_structure(const SessionStats& stats, std::int64_t load_ns,
                                const std::string& precision) {
  const CaptionTiming& timing = stats.timing;
  return StructureHandle(gst_structure_new(
      "dalicaptioner-stats", "windows", G_TYPE_UINT64, stats.windows, "captions", G_TYPE_UINT64,
      stats.captions, "silent", G_TYPE_UINT64, stats.silent, "rejected", G_TYPE_UINT64,
      stats.rejected, "held-back", G_TYPE_UINT64, stats.held_back, "failed", G_TYPE_UINT64,
      stats.failed, "dropped", G_TYPE_UINT64, stats.dropped, "pending", G_TYPE_INT, stats.pending,
      "last-describe-time", G_TYPE_UINT64, static_cast<guint64>(stats.last_describe_ns),
      "describe-time", G_TYPE_UINT64, static_cast<guint64>(stats.total_describe_ns), "load-time",
      G_TYPE_UINT64, static_cast<guint64>(load_ns), "described", G_TYPE_UINT64, stats.described,
      "tokens", G_TYPE_UINT64, stats.tokens, "mel-time", G_TYPE_UINT64, nanoseconds(timing.mel_s),
      "pixels-time", G_TYPE_UINT64, nanoseconds(timing.pixels_s), "audio-tower-time", G_TYPE_UINT64,
      nanoseconds(timing.audio_tower_s), "vision-tower-time", G_TYPE_UINT64,
      nanoseconds(timing.vision_tower_s), "prefill-time", G_TYPE_UINT64,
      nanoseconds(timing.prefill_s), "decoding-time", G_TYPE_UINT64, nanoseconds(timing.decoding_s),
      "locating-time", G_TYPE_UINT64, nanoseconds(timing.locating_s), "weighing-time",
      G_TYPE_UINT64, nanoseconds(timing.weighing_s), "precision", G_TYPE_STRING, precision.c_str(),
      nullptr));
}

}  // namespace dali
