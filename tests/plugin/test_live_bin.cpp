// SPDX-License-Identifier: LGPL-2.1-or-later
// dalisubtitlebin between live sources and sinks that keep time: what the captions cost in latency,
// and that sound and picture stay together, whatever the model does.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <gst/video/video.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/check_suite.h"

namespace {

constexpr GstClockTime kMs = GST_MSECOND;
// What a loaded machine may be late by.
constexpr GstClockTime kSlack = 400 * kMs;

// When the buffer of a time passed somewhere, both in running time.
using Passages = std::map<GstClockTime, GstClockTime>;

// A channel of black pictures and a tone on the air for some seconds, with the bin's properties
// `settings`.
class Channel {
 public:
  Channel(const std::string& settings, const std::shared_ptr<dali::FakeEngine>& engine,
          int seconds) {
    dali::use_engine(engine);
    const std::string line =
        "audiotestsrc is-live=true samplesperbuffer=640 ! audio/x-raw,rate=16000,channels=1 "
        "! bin.audio_sink "
        "videotestsrc is-live=true pattern=black "
        "! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! bin.video_sink "
        "dalisubtitlebin name=bin window=1000 " +
        settings +
        " bin.audio_src ! fakesink name=a sync=true bin.video_src ! fakesink name=v sync=true "
        "bin.text_src ! fakesink name=t sync=true";
    g_autoptr(GError) error = nullptr;
    pipeline_ = gst_parse_launch(line.c_str(), &error);
    ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
    watch("bin", "video_sink", pictures_in);
    watch("bin", "video_src", pictures_out);
    for (auto [name, shown] : {std::pair{"a", &sound_shown}, std::pair{"v", &pictures_shown},
                               std::pair{"t", &text_shown}}) {
      g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline_), name);
      g_object_set(sink, "signal-handoffs", TRUE, nullptr);
      g_signal_connect(sink, "handoff", G_CALLBACK(record_shown), new_record(*shown));
    }
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline_);
    GstMessage* failed = gst_bus_timed_pop_filtered(bus, seconds * GST_SECOND, GST_MESSAGE_ERROR);
    ck_assert_msg(failed == nullptr, "the pipeline failed");
    gst_object_unref(bus);
    const dali::QueryHandle query(gst_query_new_latency());
    ck_assert(gst_element_query(pipeline_, query.get()));
    gst_query_parse_latency(query.get(), nullptr, &latency, nullptr);
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(pipeline_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  GstClockTime latency = 0;  // of the pipeline
  Passages pictures_in;      // of the bin
  Passages pictures_out;
  Passages sound_shown;  // by the sinks
  Passages pictures_shown;
  Passages text_shown;
  Passages captioned;  // pictures with closed captions

 private:
  struct Record {
    Channel* channel;
    Passages* passages;
  };

  Record* new_record(Passages& passages) {
    records_.push_back(std::make_unique<Record>(Record{this, &passages}));
    return records_.back().get();
  }

  void watch(const char* element_name, const char* pad_name, Passages& passages) {
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pipeline_), element_name);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, pad_name);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, record_passage, new_record(passages),
                      nullptr);
  }

  void record(Passages& passages, GstBuffer* buffer) {
    const GstClockTime now = gst_element_get_current_running_time(pipeline_);
    const std::lock_guard lock(mutex_);
    passages.emplace(GST_BUFFER_PTS(buffer), now);
    if (&passages != &pictures_shown) return;
    if (gst_buffer_get_video_caption_meta(buffer)) captioned.emplace(GST_BUFFER_PTS(buffer), now);
  }

  static GstPadProbeReturn record_passage(GstPad*, GstPadProbeInfo* info, gpointer record) {
    auto* self = static_cast<Record*>(record);
    self->channel->record(*self->passages, GST_PAD_PROBE_INFO_BUFFER(info));
    return GST_PAD_PROBE_OK;
  }

  static void record_shown(GstElement*, GstBuffer* buffer, GstPad*, gpointer record) {
    auto* self = static_cast<Record*>(record);
    // Empty text is none.
    if (gst_buffer_get_size(buffer) > 0) self->channel->record(*self->passages, buffer);
  }

  GstElement* pipeline_ = nullptr;
  std::mutex mutex_;  // of all that is recorded
  std::vector<std::unique_ptr<Record>> records_;
};

std::shared_ptr<dali::FakeEngine> quick_engine() {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
    return {.text = "a siren", .mean_log_probability = -0.5, .token_count = 2};
  });
  return engine;
}

// From passing one place to passing another: of 95 of a hundred not longer.
GstClockTime usual_delay(const Passages& from, const Passages& to) {
  std::vector<GstClockTime> delays;
  for (const auto& [time, passed] : from) {
    const auto found = to.find(time);
    if (found != to.end()) delays.push_back(std::max(found->second, passed) - passed);
  }
  ck_assert_msg(!delays.empty(), "nothing passed both");
  std::sort(delays.begin(), delays.end());
  return delays[delays.size() * 95 / 100];
}

Passages times_of(const Passages& passages) {
  Passages times;
  for (const auto& [time, passed] : passages) times.emplace(time, time);
  return times;
}

void expect_within(const char* what, GstClockTime actual, GstClockTime from, GstClockTime to) {
  ck_assert_msg(actual >= from && actual <= to, "%s: %" GST_TIME_FORMAT, what,
                GST_TIME_ARGS(actual));
}

}  // namespace

START_TEST(every_mode_costs_window_and_latency_and_keeps_sound_and_picture_together) {
  for (const char* mode : {"text", "cea608", "cea708", "burn-in"}) {
    const Channel channel(std::string("latency=1000 mode=") + mode, quick_engine(), 8);
    expect_within(mode, channel.latency, 2000 * kMs, 2200 * kMs);
    for (const Passages* shown : {&channel.sound_shown, &channel.pictures_shown}) {
      expect_within(mode, usual_delay(times_of(*shown), *shown), 2000 * kMs, 2200 * kMs + kSlack);
    }
    ck_assert_uint_ge(channel.pictures_shown.size(), 100);
  }
}
END_TEST

START_TEST(live_text_is_shown_with_the_pictures_that_it_describes) {
  const Channel channel("latency=1000", quick_engine(), 8);
  ck_assert_uint_ge(channel.text_shown.size(), 4);
  for (const auto& [time, passed] : channel.text_shown) {
    ck_assert_uint_eq(time % GST_SECOND, 0);
    expect_within("shown", passed, time + 2000 * kMs, time + 2200 * kMs + kSlack);
  }
}
END_TEST

START_TEST(live_closed_captions_leave_in_the_pictures) {
  const Channel channel("latency=1000 mode=cea608", quick_engine(), 8);
  ck_assert_uint_ge(channel.captioned.size(), channel.pictures_shown.size() * 9 / 10);
}
END_TEST

START_TEST(live_pictures_do_not_wait_for_captions_that_may_come_late) {
  const char* const rows[] = {
      "latency=1000 lateness=2000 mode=text", "latency=1000 lateness=2000 mode=cea608",
      "latency=1000 lateness=2000 mode=burn-in", "latency=-1 mode=text", "latency=-1 mode=cea608"};
  for (const char* row : rows) {
    for (const bool hangs : {false, true}) {
      auto engine = quick_engine();
      if (hangs) engine->hold();
      const std::string name = std::string(row) + (hangs ? ", hangs" : "");
      const Channel channel(row, engine, 5);
      expect_within(name.c_str(), channel.latency, 0, 200 * kMs);
      expect_within(name.c_str(), usual_delay(channel.pictures_in, channel.pictures_out), 0,
                    200 * kMs);
      ck_assert_uint_ge(channel.pictures_out.size() + 3, channel.pictures_in.size());
    }
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* on_air = tcase_create("on air");
  tcase_add_test(on_air, every_mode_costs_window_and_latency_and_keeps_sound_and_picture_together);
  tcase_add_test(on_air, live_text_is_shown_with_the_pictures_that_it_describes);
  tcase_add_test(on_air, live_closed_captions_leave_in_the_pictures);
  tcase_add_test(on_air, live_pictures_do_not_wait_for_captions_that_may_come_late);
  Suite* suite = suite_create("live bin");
  suite_add_tcase(suite, on_air);
  return dali::run_suite(suite);
}
