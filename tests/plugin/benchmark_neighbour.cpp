// SPDX-License-Identifier: LGPL-2.1-or-later
// What an encoder loses to a dalicaptioner that works in the same process.
#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kUsage =
    "usage: benchmark-neighbour [SECONDS [PRESET]]\n"
    "\n"
    "Encodes 1080p25 with x264enc (speed-preset=PRESET, default: faster), alone and beside\n"
    "as many dalicaptioners as there are processors, which describe window after window at each\n"
    "priority in turn: live, for SECONDS each time (default: 12), how many frames come late; and "
    "as fast as can be,\n"
    "how long it takes, in medians. `meson devenv` or the test suite says where the plugin is.\n";

constexpr int kFramesPerSecond = 25;
constexpr GstClockTime kFrame = GST_SECOND / kFramesPerSecond;
constexpr int kRuns = 5;
constexpr int kFramesPerRun = 40;

// None: the captioner does not run.
constexpr std::array<const char*, 4> kNeighbours = {nullptr, "normal", "low", "lowest"};

const char* name_of(const char* neighbour) {
  return neighbour ? neighbour : "alone";
}

struct Unref {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};
using Pipeline = std::unique_ptr<GstElement, Unref>;

Pipeline pipeline_of(const std::string& description) {
  g_autoptr(GError) error = nullptr;
  Pipeline pipeline(gst_parse_launch(description.c_str(), &error));
  if (error) {
    std::fprintf(stderr, "benchmark-neighbour: %s\n", error->message);
    std::exit(1);
  }
  return pipeline;
}

// Exits unless the message comes.
void wait_for(GstElement* pipeline, GstMessageType type) {
  GstBus* bus = gst_element_get_bus(pipeline);
  g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(type | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ERROR) return;
  g_autoptr(GError) error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::fprintf(stderr, "benchmark-neighbour: %s\n", error->message);
  std::exit(1);
}

// Describes sound from when it is made on, as fast as it can: a captioner for each processor, as
// the embedded model is too small to keep several busy.
Pipeline neighbour_of(const char* priority) {
  if (!priority) return nullptr;
  std::string description;
  for (guint number = 0; number < g_get_num_processors(); ++number) {
    description += "audiotestsrc wave=ticks samplesperbuffer=16000 ! " +
                   std::string("audio/x-raw,rate=16000,channels=1 ! dalicaptioner name=captioner") +
                   std::to_string(number) + " priority=" + priority + " captioner" +
                   std::to_string(number) + ".text_src ! fakesink sync=false ";
  }
  Pipeline pipeline = pipeline_of(description);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for(pipeline.get(), GST_MESSAGE_ASYNC_DONE);  // the first captions are there
  return pipeline;
}

std::uint64_t described_by(GstElement* neighbour) {
  std::uint64_t sum = 0;
  for (guint number = 0; neighbour && number < g_get_num_processors(); ++number) {
    const std::string name = "captioner" + std::to_string(number);
    GstElement* captioner = gst_bin_get_by_name(GST_BIN(neighbour), name.c_str());
    g_autoptr(GstStructure) stats = nullptr;
    g_object_get(captioner, "stats", &stats, nullptr);
    gst_object_unref(captioner);
    guint64 described = 0;
    gst_structure_get_uint64(stats, "described", &described);
    sum += described;
  }
  return sum;
}

struct Punctuality {
  GstElement* pipeline = nullptr;
  GstClockTime latency = 0;
  std::atomic<int> frames = 0;
  std::atomic<int> late = 0;       // after their time
  std::atomic<int> very_late = 0;  // by more than a frame
  std::atomic<GstClockTimeDiff> latest = 0;
};

GstPadProbeReturn look_at_clock(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& seen = *static_cast<Punctuality*>(data);
  const GstClockTime now = gst_element_get_current_running_time(seen.pipeline);
  // The encoder counts from hours on; a segment says which running time that is.
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  const GstClockTime due = gst_segment_to_running_time(
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
  const GstClockTimeDiff lateness = GST_CLOCK_DIFF(due + seen.latency, now);
  ++seen.frames;
  if (lateness > 0) ++seen.late;
  if (lateness > static_cast<GstClockTimeDiff>(kFrame)) ++seen.very_late;
  seen.latest = std::max(seen.latest.load(), lateness);
  return GST_PAD_PROBE_OK;
}

void encode_live(const std::string& encoder, int seconds, const char* priority) {
  const Pipeline neighbour = neighbour_of(priority);
  const std::uint64_t before = described_by(neighbour.get());
  const Pipeline pipeline = pipeline_of(
      "videotestsrc is-live=true pattern=ball ! "
      "video/x-raw,format=I420,width=1920,height=1080,framerate=25/1 ! queue ! " +
      encoder + " ! fakesink name=sink sync=true");
  Punctuality seen;
  seen.pipeline = pipeline.get();
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink");
  g_autoptr(GstPad) pad = gst_element_get_static_pad(sink, "sink");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for(pipeline.get(), GST_MESSAGE_ASYNC_DONE);
  g_autoptr(GstQuery) query = gst_query_new_latency();
  if (gst_element_query(pipeline.get(), query)) {
    gst_query_parse_latency(query, nullptr, &seen.latency, nullptr);
  }
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, look_at_clock, &seen, nullptr);
  g_usleep(static_cast<gulong>(seconds) * G_USEC_PER_SEC);
  const std::uint64_t described = described_by(neighbour.get()) - before;
  gst_object_unref(sink);
  std::printf("  %-8s  %6d  %6.2f %%  %6.2f %%  %8.1f ms  %8.1f\n", name_of(priority),
              seen.frames.load(), 100.0 * seen.late / std::max(seen.frames.load(), 1),
              100.0 * seen.very_late / std::max(seen.frames.load(), 1),
              static_cast<double>(seen.latest) / 1e6, static_cast<double>(described) / seconds);
}

double seconds_of_encoding(const std::string& encoder) {
  const Pipeline pipeline =
      pipeline_of("videotestsrc pattern=ball num-buffers=" + std::to_string(kFramesPerRun) +
                  " ! video/x-raw,format=I420,width=1920,height=1080,framerate=25/1 ! queue ! " +
                  encoder + " ! fakesink sync=false");
  const auto begin = std::chrono::steady_clock::now();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  wait_for(pipeline.get(), GST_MESSAGE_EOS);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void encode_at_once(const std::string& encoder) {
  std::array<std::vector<double>, kNeighbours.size()> seconds;
  for (int run = 0; run < kRuns; ++run) {
    for (std::size_t index = 0; index < kNeighbours.size(); ++index) {
      const Pipeline neighbour = neighbour_of(kNeighbours[index]);
      seconds[index].push_back(seconds_of_encoding(encoder));
    }
  }
  const double alone = median(seconds[0]);
  for (std::size_t index = 0; index < kNeighbours.size(); ++index) {
    const double took = median(seconds[index]);
    std::printf("  %-8s  %7.1f frames/s  %5.2f of alone\n", name_of(kNeighbours[index]),
                kFramesPerRun / took, alone / took);
  }
}

// x264enc as asked for, or else what GStreamer has, saying so.
std::string encoder_of(const std::string& preset) {
  g_autoptr(GstElementFactory) x264 = gst_element_factory_find("x264enc");
  if (x264) return "x264enc tune=zerolatency speed-preset=" + preset;
  std::puts("x264enc is not installed (gstreamer1.0-plugins-ugly): theoraenc encodes instead");
  return "theoraenc";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 12;
  if (seconds < 1 || argc > 3) {
    std::fputs("benchmark-neighbour: wants a number of seconds and a preset; see --help\n", stderr);
    return 2;
  }
  gst_init(nullptr, nullptr);
  const std::string encoder = encoder_of(argc > 2 ? argv[2] : "faster");
  std::printf("live 1080p25, %s\n", encoder.c_str());
  std::puts("  beside    frames  after time  a frame late    latest  windows/s");
  for (const char* neighbour : kNeighbours) encode_live(encoder, seconds, neighbour);
  std::printf("as fast as can be, %d frames, median of %d\n", kFramesPerRun, kRuns);
  encode_at_once(encoder);
  return 0;
}
