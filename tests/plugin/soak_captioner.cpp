// SPDX-License-Identifier: LGPL-2.1-or-later
// A channel on air for half an hour with a model that is slower than the stream: what it was told
// about lag, memory and drops, and whether it was true.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>

#include "tests/plugin/live_pipeline.h"
#include "tests/plugin/soak.h"

namespace {

constexpr const char* kUsage =
    "usage: soak-captioner [--minutes N]\n"
    "\n"
    "Runs dalicaptioner on a live stream of 30 frames a second with a model that takes half as "
    "long\n"
    "again as its windows, prints a line a minute, and checks at the end that captions lagged no "
    "more\n"
    "than the sources, max-pending windows and the model's time together, that memory stayed flat "
    "and that each dropped\n"
    "window was one QoS message. Exit status 1 when one of these is not so.\n"
    "\n"
    "  --minutes N   how long, in minutes (default 30)\n";

constexpr int kWindowMs = 2000;
constexpr int kDescribeMs = 3000;
constexpr int kMaxPending = 2;
// From a window's end to its last buffer, and what the worker waits for a processor.
constexpr double kSlackS = 0.5;
constexpr long kMostGrowthKib = 1024;

constexpr const char* kPipeline =
    "videotestsrc is-live=true pattern=solid-color ! "
    "video/x-raw,format=I420,width=320,height=180,framerate=30/1 ! captioner.video_sink "
    "audiotestsrc is-live=true samplesperbuffer=1024 ! "
    "audio/x-raw,format=S16LE,rate=48000,channels=2 ! captioner.audio_sink "
    "dalicaptioner name=captioner window=2000 max-pending=2 latency=3000 "
    "captioner.video_src ! fakesink async=false "
    "captioner.audio_src ! fakesink async=false "
    "captioner.text_src ! fakesink async=false";

// How long frames were inside the element, in steps of a tenth of a millisecond.
class Delays {
 public:
  void enter() { entered_ns_ = g_get_monotonic_time() * 1000; }
  void leave() {
    const auto delay_us = static_cast<std::size_t>(g_get_monotonic_time() - entered_ns_ / 1000);
    const std::size_t step = std::min(delay_us / 100, counts_.size() - 1);
    ++counts_[step];
    ++frames_;
    longest_us_ = std::max(longest_us_.load(), static_cast<std::uint64_t>(delay_us));
  }
  // What `share` of the frames took no longer than.
  double quantile_ms(double share) const {
    std::uint64_t below = 0;
    for (std::size_t step = 0; step < counts_.size(); ++step) {
      below += counts_[step];
      if (static_cast<double>(below) >= share * static_cast<double>(frames_)) {
        return static_cast<double>(step + 1) / 10.0;
      }
    }
    return HUGE_VAL;
  }
  double longest_ms() const { return static_cast<double>(longest_us_) / 1e3; }
  std::uint64_t frames() const { return frames_; }

 private:
  std::int64_t entered_ns_ = 0;  // the streaming thread's
  std::array<std::atomic<std::uint64_t>, 2000> counts_ = {};
  std::atomic<std::uint64_t> frames_ = 0;
  std::atomic<std::uint64_t> longest_us_ = 0;
};

GstPadProbeReturn frame_enters(GstPad*, GstPadProbeInfo*, gpointer delays) {
  static_cast<Delays*>(delays)->enter();
  return GST_PAD_PROBE_OK;
}

// The most that a buffer came late, by the clock, to the element: a source that gets no processor
// is not the element's lag.
class Lateness {
 public:
  explicit Lateness(GstElement* pipeline) : pipeline_(pipeline) {}
  void see(GstBuffer* buffer) {
    const GstClockTime now = gst_element_get_current_running_time(pipeline_);
    if (!GST_CLOCK_TIME_IS_VALID(now)) return;
    const auto late_ns =
        static_cast<std::int64_t>(now) - static_cast<std::int64_t>(GST_BUFFER_PTS(buffer));
    longest_ns_ = std::max(longest_ns_.load(), late_ns);
  }
  double longest_s() const { return static_cast<double>(longest_ns_) / 1e9; }

 private:
  GstElement* const pipeline_;
  std::atomic<std::int64_t> longest_ns_ = 0;  // one input's streaming thread writes it
};

GstPadProbeReturn buffer_enters(GstPad*, GstPadProbeInfo* info, gpointer lateness) {
  static_cast<Lateness*>(lateness)->see(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn frame_leaves(GstPad*, GstPadProbeInfo*, gpointer delays) {
  static_cast<Delays*>(delays)->leave();
  return GST_PAD_PROBE_OK;
}

void probe(GstElement* captioner, const char* pad_name, GstPadProbeCallback callback,
           gpointer data) {
  g_autoptr(GstPad) pad = gst_element_get_static_pad(captioner, pad_name);
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, nullptr);
}

// What the bus has said so far.
struct Heard {
  guint64 qos = 0;
  guint64 captions = 0;
  double longest_lag_s = 0.0;
  double longest_describe_s = 0.0;
  bool has_failed = false;
};

void hear(const dali::LivePipeline& live, GstMessage* message, Heard& heard) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_QOS:
      heard.qos += GST_MESSAGE_SRC(message) == GST_OBJECT(live.captioner);
      break;
    case GST_MESSAGE_ELEMENT: {
      guint64 end = 0;
      const GstStructure* structure = gst_message_get_structure(message);
      if (!gst_structure_has_name(structure, "DaliCaptionMeta")) break;
      gst_structure_get_uint64(structure, "end", &end);
      const double lag_s =
          (static_cast<double>(live.running_time()) - static_cast<double>(end)) / 1e9;
      heard.longest_lag_s = std::max(heard.longest_lag_s, lag_s);
      const auto describe_ns =
          static_cast<double>(dali::counter(live.captioner, "last-describe-time"));
      heard.longest_describe_s = std::max(heard.longest_describe_s, describe_ns / 1e9);
      ++heard.captions;
      break;
    }
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency(GST_BIN(live.pipeline));
      break;
    case GST_MESSAGE_ERROR: {
      g_autoptr(GError) error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      std::printf("error: %s\n", error->message);
      heard.has_failed = true;
      break;
    }
    default:
      break;
  }
}

int soak(double minutes) {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->answer_with([](const auto&, const auto&, std::stop_token stop) -> dali::Caption {
    const gint64 end_us = g_get_monotonic_time() + kDescribeMs * 1000;
    while (g_get_monotonic_time() < end_us && !stop.stop_requested()) g_usleep(20 * 1000);
    return {.text = "a slow model speaks", .mean_log_probability = -0.5, .token_count = 4};
  });
  engine->record_nothing();
  Delays delays;
  dali::LivePipeline live(engine, kPipeline);
  Lateness sound_lateness(live.pipeline);
  Lateness picture_lateness(live.pipeline);
  probe(live.captioner, "audio_sink", buffer_enters, &sound_lateness);
  probe(live.captioner, "video_sink", buffer_enters, &picture_lateness);
  probe(live.captioner, "video_sink", frame_enters, &delays);
  probe(live.captioner, "video_src", frame_leaves, &delays);
  gst_element_set_state(live.pipeline, GST_STATE_PLAYING);

  Heard heard;
  // Everything has been allocated once by then.
  const double settled_s = std::min(60.0, minutes * 60.0 / 6.0);
  long settled_kib = 0;
  double next_line_s = 60.0;
  std::printf(
      "minute  captions  dropped  QoS  longest lag  frames  99.9 %% within  heap KiB  resident "
      "KiB\n");
  for (double now_s = 0.0; now_s < minutes * 60.0 && !heard.has_failed;) {
    if (GstMessage* message = gst_bus_timed_pop(live.bus, GST_SECOND)) {
      hear(live, message, heard);
      gst_message_unref(message);
    }
    const GstClockTime now = live.running_time();
    now_s = GST_CLOCK_TIME_IS_VALID(now) ? static_cast<double>(now) / 1e9 : 0.0;
    if (settled_kib == 0 && now_s >= settled_s) settled_kib = dali::heap_in_use_kib();
    if (now_s < next_line_s) continue;
    std::printf("%6.0f  %8lu  %7lu  %3lu  %9.2f s  %6lu  %10.1f ms  %8ld  %12ld\n", now_s / 60.0,
                heard.captions, dali::counter(live.captioner, "dropped"), heard.qos,
                heard.longest_lag_s, delays.frames(), delays.quantile_ms(0.999),
                dali::heap_in_use_kib(), dali::resident_kib());
    std::fflush(stdout);
    next_line_s += 60.0;
  }
  // The queue is at its longest when a window joins it.
  const double input_s = std::max(sound_lateness.longest_s(), picture_lateness.longest_s());
  const double promised_lag_s =
      input_s + kMaxPending * kWindowMs / 1e3 + heard.longest_describe_s + kSlackS;
  std::printf("sources late by at most %.2f s, model at most %.2f s\n", input_s,
              heard.longest_describe_s);
  const long end_kib = dali::heap_in_use_kib();
  // The worker is joined then: what it counted it has told.
  gst_element_set_state(live.pipeline, GST_STATE_READY);
  const guint64 dropped = dali::counter(live.captioner, "dropped");
  while (GstMessage* message = gst_bus_pop(live.bus)) {
    hear(live, message, heard);
    gst_message_unref(message);
  }
  std::printf("%lu frames: half within %.1f ms, 99.9 %% within %.1f ms, longest %.1f ms\n",
              delays.frames(), delays.quantile_ms(0.5), delays.quantile_ms(0.999),
              delays.longest_ms());
  std::printf(
      "%lu captions, %lu dropped, %lu QoS messages, lag at most %.2f s of %.2f s, heap %+ld KiB\n",
      heard.captions, dropped, heard.qos, heard.longest_lag_s, promised_lag_s,
      end_kib - settled_kib);
  bool is_well = dali::expect(!heard.has_failed, "no error");
  is_well &= dali::expect(heard.captions > 0 && dropped > 0, "captions and drops both occurred");
  is_well &= dali::expect(dropped == heard.qos, "as many QoS messages as dropped windows");
  is_well &= dali::expect(heard.longest_lag_s <= promised_lag_s, "lag within its promise");
  is_well &= dali::expect(end_kib - settled_kib <= kMostGrowthKib, "memory flat to a mebibyte");
  return is_well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  const auto minutes =
      dali::soak_minutes(argc, argv, {.name = "soak-captioner", .usage = kUsage}, status);
  if (!minutes) return status;
  gst_init(nullptr, nullptr);
  return soak(*minutes);
}
