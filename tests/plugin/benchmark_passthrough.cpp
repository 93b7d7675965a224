// SPDX-License-Identifier: LGPL-2.1-or-later
// What it costs to send video through dalicaptioner instead of identity, in one run.
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"

namespace {

constexpr const char* kUsage =
    "usage: benchmark-passthrough\n"
    "\n"
    "Sends stretches of 10 s of 1080p60 and of 4K60 (I420) in turn through identity, through\n"
    "dalicaptioner, through one with window-cuts=shots and through another identity, and prints\n"
    "what a frame costs the streaming thread: handed on as it is, written before as a decoder\n"
    "does, written behind as an overlay does. Processor time of that thread alone, as medians of\n"
    "seven stretches each; the second identity shows how far equal work differs.\n";

constexpr int kFramesPerSecond = 60;
constexpr int kFrames = 10 * kFramesPerSecond;
constexpr int kStretches = 7;
constexpr int kFramesPerTurn = 20;  // then the next element, so that all see the same machine

enum class Written { kNowhere, kBefore, kBehind };

constexpr const char* name_of(Written written) {
  switch (written) {
    case Written::kBefore:
      return "written before";
    case Written::kBehind:
      return "written behind";
    case Written::kNowhere:
      break;
  }
  return "handed on";
}

struct Size {
  const char* name;
  int width_px;
  int height_px;
};

double thread_seconds() {
  struct timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Whoever writes has the buffer for itself, or a copy is made first.
void write_frame(GstBuffer* buffer, std::uint8_t value) {
  gst_buffer_memset(buffer, 0, value, gst_buffer_get_size(buffer));
}

GstFlowReturn take(GstPad* pad, GstObject*, GstBuffer* buffer) {
  const bool is_written = g_object_get_data(G_OBJECT(pad), "writes") != nullptr;
  GstBuffer* taken = is_written ? gst_buffer_make_writable(buffer) : buffer;
  if (is_written) write_frame(taken, 0x40);
  gst_buffer_unref(taken);
  return GST_FLOW_OK;
}

GstPad* linked_source(GstPad* sink) {
  GstPad* source = gst_pad_new("source", GST_PAD_SRC);
  gst_pad_link(source, sink);
  gst_pad_set_active(source, TRUE);
  return source;
}

struct Cost {
  double mean_us = 0.0;
  double longest_us = 0.0;
};

// An element in PLAYING between a pad that pushes and one that takes.
class Passage {
 public:
  Passage(const char* factory, const char* sink_name, const char* source_name, const Size& size,
          bool looks_for_shots = false)
      : element_(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make(factory, nullptr)))) {
    if (looks_for_shots) gst_util_set_object_arg(G_OBJECT(element_), "window-cuts", "shots");
    sink_ = gst_element_get_static_pad(element_, sink_name);
    if (!sink_) sink_ = gst_element_request_pad_simple(element_, sink_name);
    source_ = linked_source(sink_);
    GstPad* element_source = gst_element_get_static_pad(element_, source_name);
    end_ = gst_pad_new("end", GST_PAD_SINK);
    gst_pad_set_chain_function(end_, take);
    gst_pad_set_active(end_, TRUE);
    gst_pad_link(element_source, end_);
    gst_object_unref(element_source);
    gst_element_set_state(element_, GST_STATE_PLAYING);

    gst_pad_push_event(source_, gst_event_new_stream_start("video"));
    g_autoptr(GstCaps) caps =
        gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT,
                            size.width_px, "height", G_TYPE_INT, size.height_px, "framerate",
                            GST_TYPE_FRACTION, kFramesPerSecond, 1, nullptr);
    gst_pad_push_event(source_, gst_event_new_caps(caps));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(source_, gst_event_new_segment(&segment));
    GstVideoInfo info;
    gst_video_info_from_caps(&info, caps);
    pool_ = gst_buffer_pool_new();
    GstStructure* config = gst_buffer_pool_get_config(pool_);
    gst_buffer_pool_config_set_params(config, caps, static_cast<guint>(info.size), 4, 4);
    gst_buffer_pool_set_config(pool_, config);
    gst_buffer_pool_set_active(pool_, TRUE);
  }
  ~Passage() {
    gst_buffer_pool_set_active(pool_, FALSE);
    gst_object_unref(pool_);
    gst_element_set_state(element_, GST_STATE_NULL);
    for (GstPad* pad : {source_, sink_, end_}) gst_object_unref(pad);
    gst_object_unref(element_);
  }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  // Adds the next turn's frames to `cost`.
  void run(Written written, Cost& cost) {
    g_object_set_data(G_OBJECT(end_), "writes", written == Written::kBehind ? this : nullptr);
    for (int frame = 0; frame < kFramesPerTurn; ++frame) {
      GstBuffer* buffer = nullptr;
      gst_buffer_pool_acquire_buffer(pool_, &buffer, nullptr);
      GST_BUFFER_PTS(buffer) = next_frame_++ * GST_SECOND / kFramesPerSecond;
      GST_BUFFER_DURATION(buffer) = GST_SECOND / kFramesPerSecond;
      const double begin = thread_seconds();
      if (written == Written::kBefore) write_frame(buffer, 0x80);
      gst_pad_push(source_, buffer);
      const double took_us = (thread_seconds() - begin) * 1e6;
      cost.mean_us += took_us / kFrames;
      cost.longest_us = std::max(cost.longest_us, took_us);
    }
  }

 private:
  GstElement* element_;
  GstPad* sink_ = nullptr;
  GstPad* source_ = nullptr;
  GstPad* end_ = nullptr;
  GstBufferPool* pool_ = nullptr;  // as many as a decoder has
  guint64 next_frame_ = 0;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(const Size& size, Written written) {
  Passage first("identity", "sink", "src", size);
  Passage captioner("dalicaptioner", "video_sink", "video_src", size);
  Passage shots("dalicaptioner", "video_sink", "video_src", size, true);
  Passage second("identity", "sink", "src", size);
  const std::array<Passage*, 4> passages = {&first, &captioner, &shots, &second};
  std::array<std::vector<double>, 4> means_us;
  double first_longest_us = 0.0;
  double longest_us = 0.0;
  for (int stretch = -1; stretch < kStretches; ++stretch) {  // the first fills pools and caches
    std::array<Cost, 4> costs;
    for (int frame = 0; frame < kFrames; frame += kFramesPerTurn) {
      for (std::size_t index = 0; index < passages.size(); ++index) {
        passages[index]->run(written, costs[index]);
      }
    }
    for (std::size_t index = 0; index < passages.size(); ++index) {
      const Cost& cost = costs[index];
      double& longest = stretch < 0 ? first_longest_us : longest_us;
      if (index == 1) longest = std::max(longest, cost.longest_us);
      if (stretch >= 0) means_us[index].push_back(cost.mean_us);
    }
  }
  const double without = median(means_us[0]);
  const double with = median(means_us[1]);
  std::printf("%-8s  %-14s  %8.1f us  %9.1f us  %9.1f us  %6.3f  %6.3f  %5.1f ms  %5.1f ms\n",
              size.name, name_of(written), without, with, median(means_us[2]), with / without,
              median(means_us[3]) / without, first_longest_us / 1e3, longest_us / 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    const bool is_help = std::string_view(argv[1]) == "--help";
    if (is_help) {
      std::fputs(kUsage, stdout);
      return 0;
    }
    std::fprintf(stderr, "benchmark-passthrough: %s is not understood; see --help\n", argv[1]);
    return 2;
  }
  gst_init(nullptr, nullptr);
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  dali::use_engine(std::make_shared<dali::FakeEngine>());
  g_autoptr(GstElementFactory) identity = gst_element_factory_find("identity");
  if (!identity) {
    std::fputs("benchmark-passthrough: GStreamer's core elements are not installed\n", stderr);
    return 1;
  }
  std::puts(
      "          frame              identity      captioner    with shots   ratio  second  longest "
      "frame: first, later");
  for (const Size& size : {Size{"1080p60", 1920, 1080}, Size{"4K60", 3840, 2160}}) {
    for (const Written written : {Written::kNowhere, Written::kBefore, Written::kBehind}) {
      compare(size, written);
    }
  }
  return 0;
}
