// SPDX-License-Identifier: LGPL-2.1-or-later
// What it costs to send video through dalicaptioner instead of identity, in one run.
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
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
    "Sends 10 s of 1080p60 and of 4K60 (I420) through identity and through dalicaptioner and "
    "prints\n"
    "what a frame costs the streaming thread in either: handed on as it is, and written before, as "
    "a\n"
    "decoder would. Processor time of that thread alone; the better of two runs.\n";

constexpr int kFramesPerSecond = 60;
constexpr int kFrames = 10 * kFramesPerSecond;
constexpr int kRuns = 2;

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

GstFlowReturn take(GstPad*, GstObject*, GstBuffer* buffer) {
  gst_buffer_unref(buffer);
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
  Passage(const char* factory, const char* sink_name, const char* source_name, const Size& size)
      : element_(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make(factory, nullptr)))) {
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
    gst_video_info_from_caps(&info_, caps);
  }
  ~Passage() {
    gst_element_set_state(element_, GST_STATE_NULL);
    for (GstPad* pad : {source_, sink_, end_}) gst_object_unref(pad);
    gst_object_unref(element_);
  }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  Cost run(bool is_written) {
    const std::vector<std::uint8_t> picture(GST_VIDEO_INFO_SIZE(&info_), 0x80);
    std::vector<dali::BufferHandle> pool;
    for (int index = 0; index < 4; ++index) {
      pool.emplace_back(gst_buffer_new_memdup(picture.data(), picture.size()));
    }
    Cost cost;
    for (int frame = 0; frame < kFrames; ++frame) {
      GstBuffer* pooled = pool[static_cast<std::size_t>(frame) % pool.size()].get();
      const double begin = thread_seconds();
      if (is_written) gst_buffer_fill(pooled, 0, picture.data(), picture.size());
      GstBuffer* buffer = gst_buffer_copy(pooled);  // shares the memory
      GST_BUFFER_PTS(buffer) = frame * GST_SECOND / kFramesPerSecond;
      GST_BUFFER_DURATION(buffer) = GST_SECOND / kFramesPerSecond;
      gst_pad_push(source_, buffer);
      const double took_us = (thread_seconds() - begin) * 1e6;
      cost.mean_us += took_us / kFrames;
      cost.longest_us = std::max(cost.longest_us, took_us);
    }
    return cost;
  }

 private:
  GstElement* element_;
  GstPad* sink_ = nullptr;
  GstPad* source_ = nullptr;
  GstPad* end_ = nullptr;
  GstVideoInfo info_ = {};
};

Cost best_of(const char* factory, const char* sink_name, const char* source_name, const Size& size,
             bool is_written) {
  Cost best;
  for (int run = 0; run < kRuns; ++run) {
    const Cost cost = Passage(factory, sink_name, source_name, size).run(is_written);
    if (run == 0 || cost.mean_us < best.mean_us) best = cost;
  }
  return best;
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
  std::printf("             frame      identity  dalicaptioner  ratio  longest  of 1/60 s\n");
  for (const Size& size : {Size{"1080p60", 1920, 1080}, Size{"4K60", 3840, 2160}}) {
    for (const bool is_written : {false, true}) {
      const Cost without = best_of("identity", "sink", "src", size, is_written);
      const Cost with = best_of("dalicaptioner", "video_sink", "video_src", size, is_written);
      std::printf("%-8s  %-10s  %8.1f us  %10.1f us  %5.2f  %4.1f ms  %7.2f %%\n", size.name,
                  is_written ? "written" : "handed on", without.mean_us, with.mean_us,
                  with.mean_us / without.mean_us, with.longest_us / 1e3,
                  (with.mean_us - without.mean_us) * kFramesPerSecond / 1e4);
    }
  }
  return 0;
}
