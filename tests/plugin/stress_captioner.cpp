// SPDX-License-Identifier: LGPL-2.1-or-later
// One element, and everything that can be done to it at once: two inputs that come, flow, end and
// go, states, flushes, settings, queries, and a model that hangs, throws and fails to load. To be
// run under ThreadSanitizer and AddressSanitizer.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "tests/plugin/captioner_run.h"
#include "tests/plugin/live_pipeline.h"

namespace {

constexpr const char* kUsage =
    "usage: stress-captioner [--seconds N]\n"
    "\n"
    "Cycles states, seeks, adds and removes pads, changes settings and kills the model from "
    "several\n"
    "threads at once, then goes 200 times from READY to PLAYING and back and looks at the memory.\n"
    "Exit status 1 when something hangs, leaks or does not recover. ThreadSanitizer wants\n"
    "TSAN_OPTIONS=ignore_noninstrumented_modules=1.\n"
    "\n"
    "  --seconds N   how long, in seconds (default: the environment's DALI_STRESS_SECONDS, or 5)\n";

constexpr int kCycles = 200;
constexpr long kMostGrowthKib = 256;

std::atomic<bool> is_over = false;
std::atomic<std::uint64_t> captions = 0;
std::atomic<std::uint64_t> buffers = 0;

GstFlowReturn take_text(GstPad*, GstObject*, GstBuffer* buffer) {
  captions += gst_buffer_get_size(buffer) > 0;
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstFlowReturn take_media(GstPad*, GstObject*, GstBuffer* buffer) {
  ++buffers;
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

GstPad* new_end(GstPadChainFunction take) {
  GstPad* end = GST_PAD(gst_object_ref_sink(gst_pad_new(nullptr, GST_PAD_SINK)));
  gst_pad_set_chain_function(end, take);
  gst_pad_set_active(end, TRUE);
  return end;
}

// A source of the test's own for one input of the element, which comes and goes.
class Source {
 public:
  Source(GstElement* element, bool is_sound, int longest_ms = 8000)
      : element_(element), is_sound_(is_sound), longest_ms_(longest_ms) {}

  // Connects, pushes a while, and takes the pads away.
  void live_once(std::mt19937& random) {
    GstPad* sink =
        gst_element_request_pad_simple(element_, is_sound_ ? "audio_sink" : "video_sink");
    if (!sink) return;
    GstPad* end = new_end(take_media);
    GstPad* element_source =
        gst_element_get_static_pad(element_, is_sound_ ? "audio_src" : "video_src");
    gst_pad_link(element_source, end);
    GstPad* source = GST_PAD(gst_object_ref_sink(gst_pad_new(nullptr, GST_PAD_SRC)));
    gst_pad_link(source, sink);
    gst_pad_set_active(source, TRUE);
    {
      const std::lock_guard lock(mutex_);
      source_ = source;
    }
    const int streams = 1 + static_cast<int>(random() % 3);
    for (int stream = 0; stream < streams && !is_over; ++stream) push_stream(source, random);
    {
      const std::lock_guard lock(mutex_);
      source_ = nullptr;
    }
    gst_element_release_request_pad(element_, sink);
    gst_pad_set_active(source, FALSE);
    for (GstPad* pad : {sink, element_source, source, end}) gst_object_unref(pad);
  }

  // As a seek from another thread; the source's own goes on with a new segment.
  void flush(guint32 seqnum) {
    GstPad* source = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (!source_) return;
      source = GST_PAD(gst_object_ref(source_));
    }
    gst_pad_push_event(source, dali::with_seqnum(gst_event_new_flush_start(), seqnum));
    flushing_ = seqnum;
    gst_object_unref(source);
  }

 private:
  void push_stream(GstPad* source, std::mt19937& random) {
    gst_pad_push_event(source, gst_event_new_stream_start("stress"));
    g_autoptr(GstCaps) caps = gst_caps_from_string(is_sound_ ? dali::CaptionerRun::kMono16
                                                             : dali::CaptionerRun::kSmallRgb);
    gst_pad_push_event(source, gst_event_new_caps(caps));
    gst_pad_push_event(source, dali::segment_event(0, 0, gst_util_seqnum_next()));
    const int length_ms = 500 + static_cast<int>(random() % static_cast<unsigned>(longest_ms_));
    for (int at_ms = 0; at_ms < length_ms && !is_over; at_ms += 100) {
      dali::BufferHandle buffer = is_sound_ ? dali::sound_buffer(at_ms, at_ms + 100)
                                            : dali::frame_buffer(at_ms, at_ms + 100);
      // A shot of its own now and then.
      if (!is_sound_ && at_ms / 1300 % 2 == 1) gst_buffer_memset(buffer.get(), 0, 220, 24);
      if (random() % 50 == 0) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
      if (const guint32 seqnum = flushing_.exchange(0)) {
        gst_pad_push_event(source, dali::with_seqnum(gst_event_new_flush_stop(TRUE), seqnum));
        gst_pad_push_event(source, dali::segment_event(0, 0, seqnum));
      }
      // The element is stopped, or flushes: as a source does, try again.
      if (gst_pad_push(source, buffer.release()) != GST_FLOW_OK) g_usleep(1000);
      if (random() % 40 == 0) {
        gst_pad_push_event(source, gst_event_new_gap(static_cast<GstClockTime>(at_ms) * GST_MSECOND,
                                                     100 * GST_MSECOND));
      }
    }
    if (random() % 2 == 0) gst_pad_push_event(source, gst_event_new_eos());
  }

  GstElement* const element_;
  const bool is_sound_;
  const int longest_ms_;
  std::atomic<guint32> flushing_ = 0;  // the seqnum of a flush that has begun
  std::mutex mutex_;
  GstPad* source_ = nullptr;  // under mutex_
};

void change_states(GstElement* element, std::mt19937& random) {
  constexpr GstState kStates[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
                                  GST_STATE_PLAYING};
  gst_element_set_state(element, kStates[random() % 4]);
  g_usleep(random() % 20000);
  gst_element_set_state(element, GST_STATE_PLAYING);
  g_usleep(random() % 100000);
}

void kill_model(const std::shared_ptr<dali::FakeEngine>& engine, std::mt19937& random) {
  engine->release();
  switch (random() % 5) {
    case 0:
      engine->hold();
      break;
    case 1:
      engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
        throw dali::CaptionError("killed");
      });
      break;
    case 2:
      engine->answer_with([](const auto&, const auto&, std::stop_token stop) -> dali::Caption {
        for (int token = 0; token < 50 && !stop.stop_requested(); ++token) g_usleep(1000);
        return {.text = "slow", .mean_log_probability = -1.0, .token_count = 50};
      });
      break;
    case 3:
      dali::EnginePool::shared().set_factory(std::make_shared<dali::FakeFactory>(
          [](const dali::EngineKey&) -> std::shared_ptr<const dali::CaptionEngine> {
            throw dali::CaptionError("cannot be loaded");
          }));
      break;
    default:
      engine->answer_with(nullptr);
      dali::use_engine(engine);
  }
  g_usleep(random() % 50000);
}

void change_settings(GstElement* element, std::mt19937& random) {
  g_object_set(element, "window", 1000 + random() % 1000, "max-pending", 1 + random() % 3,
               "passthrough", random() % 4 == 0, "prompt", random() % 2 ? "What is it?" : nullptr,
               "latency", random() % 3 == 0 ? G_MAXUINT : static_cast<guint>(random() % 2000),
               "lateness", random() % 1000, "min-confidence", 0.3, "device",
               random() % 2 ? "cpu" : "auto", "window-cuts", random() % 2, "shortest-window",
               1000 + random() % 500, "picture-at", random() % 2, nullptr);
  GstStructure* stats = nullptr;
  guint delay_ms = 0;
  g_object_get(element, "stats", &stats, "max-observed-delay", &delay_ms, nullptr);
  gst_structure_free(stats);
  GstPad* text = gst_element_get_static_pad(element, "text_src");
  const dali::QueryHandle query(gst_query_new_latency());
  gst_pad_query(text, query.get());
  gst_pad_send_event(text, gst_event_new_seek(1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                              GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0));
  gst_object_unref(text);
  g_usleep(random() % 3000);
}

// Calls `step` until all is over.
std::jthread repeat(unsigned seed, std::function<void(std::mt19937&)> step) {
  return std::jthread([seed, step = std::move(step)] {
    std::mt19937 random(seed);
    while (!is_over) step(random);
  });
}

GstElement* new_captioner(GstBus* bus) {
  GstElement* element =
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("dalicaptioner", nullptr)));
  gst_element_set_bus(element, bus);
  return element;
}

bool expect(bool is_so, const char* what) {
  std::printf("%s: %s\n", is_so ? "kept" : "BROKEN", what);
  return is_so;
}

bool stress(int seconds) {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->record_nothing();
  dali::use_engine(engine);
  GstBus* bus = gst_bus_new();
  GstElement* element = new_captioner(bus);
  GstPad* text = gst_element_get_static_pad(element, "text_src");
  GstPad* text_end = new_end(take_text);
  gst_pad_link(text, text_end);
  gst_element_set_state(element, GST_STATE_PLAYING);
  Source sound(element, true);
  Source picture(element, false);
  {
    std::jthread sound_thread = repeat(1, [&](auto& random) { sound.live_once(random); });
    std::jthread picture_thread = repeat(2, [&](auto& random) { picture.live_once(random); });
    {
      std::jthread states = repeat(3, [&](auto& random) { change_states(element, random); });
      std::jthread models = repeat(4, [&](auto& random) { kill_model(engine, random); });
      std::jthread settings = repeat(5, [&](auto& random) { change_settings(element, random); });
      std::jthread flushes = repeat(6, [&](auto& random) {
        const guint32 seqnum = gst_util_seqnum_next();
        sound.flush(seqnum);
        picture.flush(seqnum);
        g_usleep(random() % 200000);
      });
      std::jthread messages = repeat(7, [&](auto&) {
        GstMessage* message = gst_bus_timed_pop(bus, 10 * GST_MSECOND);
        if (message) gst_message_unref(message);
      });
      g_usleep(static_cast<gulong>(seconds) * 1000000);
      is_over = true;
    }
    // Now that nobody starts it again, this lets go whoever waits for the model.
    engine->release();
    gst_element_set_state(element, GST_STATE_READY);
  }
  std::printf("%lu buffers passed, %lu captions came out\n", buffers.load(), captions.load());
  bool is_well = expect(buffers > 0 && captions > 0, "media and captions flowed");
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_pad_unlink(text, text_end);
  gst_object_unref(text);
  gst_object_unref(text_end);
  gst_bus_set_flushing(bus, TRUE);  // messages hold the element they come from
  is_well &= expect(GST_OBJECT_REFCOUNT_VALUE(element) == 1, "nobody keeps the element");
  gst_object_unref(element);
  gst_object_unref(bus);
  is_well &= expect(engine.use_count() <= 2, "nobody but the factory keeps the model");
  return is_well;
}

bool cycle() {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->record_nothing();
  dali::use_engine(engine);
  GstBus* bus = gst_bus_new();
  GstElement* element = new_captioner(bus);
  is_over = false;
  std::mt19937 random(8);
  g_object_set(element, "window", 1000, nullptr);
  long settled_kib = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    gst_element_set_state(element, GST_STATE_PLAYING);
    Source(element, true, 1000).live_once(random);
    Source(element, false, 1000).live_once(random);
    gst_element_set_state(element, GST_STATE_READY);
    while (GstMessage* message = gst_bus_pop(bus)) gst_message_unref(message);
    if (cycle == kCycles / 10) settled_kib = dali::heap_in_use_kib();
  }
  const long growth_kib = dali::heap_in_use_kib() - settled_kib;
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(element);
  gst_object_unref(bus);
  if (settled_kib == 0) {
    std::puts("READY to PLAYING and back: memory not measured, a sanitizer has a heap of its own");
    return true;
  }
  std::printf("READY to PLAYING and back %d times: heap %+ld KiB\n", kCycles, growth_kib);
  return expect(growth_kib <= kMostGrowthKib, "memory flat");
}

}  // namespace

int main(int argc, char** argv) {
  const char* asked = std::getenv("DALI_STRESS_SECONDS");
  int seconds = asked ? std::atoi(asked) : 5;
  for (int index = 1; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (argument == "--help") {
      std::fputs(kUsage, stdout);
      return 0;
    }
    if (argument == "--seconds" && index + 1 < argc) {
      seconds = std::atoi(argv[++index]);
      continue;
    }
    std::fprintf(stderr, "stress-captioner: %s is not understood; see --help\n", argv[index]);
    return 2;
  }
  if (seconds <= 0) {
    std::fputs("stress-captioner: the seconds must be above 0\n", stderr);
    return 2;
  }
  gst_init(nullptr, nullptr);
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  const bool is_well = stress(seconds);
  return cycle() && is_well ? 0 : 1;
}
