// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/timing_script.h"

#include <algorithm>
#include <cmath>

namespace dali {

class TimingRun {
 public:
  explicit TimingRun(CaptionerRun::Inputs inputs, const char* property = nullptr,
                     const char* value = nullptr)
      : run(inputs, property, value) {
    g_object_set(run.element, "window", 4000U, nullptr);
    run.open();
  }

  void push_sound(int from_ms, int to_ms, GstClockTime timestamp, bool is_discontinuous = false) {
    std::vector<float> samples;
    const auto rate = static_cast<std::int64_t>(rate_hz);
    for (std::int64_t at = from_ms * rate / 1000; at < to_ms * rate / 1000; ++at) {
      samples.push_back(0.3F * std::sin(0.05F * static_cast<float>(at % 100003)));
    }
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
    GST_BUFFER_PTS(buffer) = timestamp;
    if (is_discontinuous) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    ck_assert_int_eq(gst_harness_push(run.audio, buffer), GST_FLOW_OK);
  }

  // The colour of a frame is its time in tenths of a second.
  void push_frame(int at_ms, GstClockTime timestamp, GstClockTime duration,
                  bool is_discontinuous = false) {
    const int row_bytes = (3 * width_px + 3) / 4 * 4;
    const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(2 * row_bytes),
                                           static_cast<std::uint8_t>(at_ms / 100));
    GstBuffer* buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
    GST_BUFFER_PTS(buffer) = timestamp;
    GST_BUFFER_DURATION(buffer) = duration;
    if (is_discontinuous) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    ck_assert_int_eq(gst_harness_push(run.video, buffer), GST_FLOW_OK);
  }

  void push_event(GstHarness* input, GstEvent* event) { run.push_event(input, event); }

  CaptionerRun run;
  int rate_hz = 16000;
  int width_px = 4;
  guint32 seqnum = 1000;
};

namespace {

constexpr int kPieceMs = 100;

GstClockTime time_of(int milliseconds) {
  return static_cast<GstClockTime>(milliseconds) * GST_MSECOND;
}

// Calls `push` with the start and end of each piece.
template <typename Push>
void in_pieces(int from_ms, int to_ms, Push push) {
  for (int at_ms = from_ms; at_ms < to_ms; at_ms += kPieceMs) {
    push(at_ms, std::min(at_ms + kPieceMs, to_ms));
  }
}

void set_caps(TimingRun& timing, GstHarness* input, const std::string& text) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(text.c_str());
  timing.push_event(input, gst_event_new_caps(caps));
}

std::vector<GstHarness*> inputs_of(const TimingRun& timing) {
  std::vector<GstHarness*> inputs = {timing.run.audio, timing.run.video};
  std::erase(inputs, nullptr);
  return inputs;
}

std::vector<TextItem> text_of(TimingRun& timing, const std::vector<Step>& steps) {
  for (const Step& step : steps) step(timing);
  timing.run.end();
  std::vector<TextItem> items = timing.run.text_until_eos();
  const auto last_flush = std::find_if(
      items.rbegin(), items.rend(), [](const TextItem& item) { return item.kind == "flush-stop"; });
  items.erase(items.begin(), last_flush.base());
  return items;
}

}  // namespace

Step sound(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_sound(begin_ms, end_ms, time_of(begin_ms));
    });
  };
}

Step frames(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_frame(begin_ms, time_of(begin_ms), time_of(end_ms - begin_ms));
    });
  };
}

Step media(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_sound(begin_ms, end_ms, time_of(begin_ms));
      timing.push_frame(begin_ms, time_of(begin_ms), time_of(end_ms - begin_ms));
    });
  };
}

Step sound_at_pace(int from_ms, int to_ms, int spacing_ms) {
  return [=](TimingRun& timing) {
    int timestamp_ms = from_ms;
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_sound(begin_ms, end_ms, time_of(timestamp_ms));
      timestamp_ms += spacing_ms;
    });
  };
}

Step sound_with_jitter(int from_ms, int to_ms, int jitter_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      const int off_ms = begin_ms == from_ms ? 0 : begin_ms % 200 == 0 ? jitter_ms : -jitter_ms;
      timing.push_sound(begin_ms, end_ms, time_of(begin_ms + off_ms));
    });
  };
}

Step sound_without_timestamps(int length_ms) {
  return [=](TimingRun& timing) {
    in_pieces(0, length_ms, [&](int begin_ms, int end_ms) {
      timing.push_sound(begin_ms, end_ms, GST_CLOCK_TIME_NONE);
    });
  };
}

Step frames_without_timestamps(int count) {
  return [=](TimingRun& timing) {
    for (int frame = 0; frame < count; ++frame) {
      timing.push_frame(0, GST_CLOCK_TIME_NONE, time_of(kPieceMs));
    }
  };
}

Step frames_without_durations(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int) {
      timing.push_frame(begin_ms, time_of(begin_ms), GST_CLOCK_TIME_NONE);
    });
  };
}

Step discontinuous_sound(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_sound(begin_ms, end_ms, time_of(begin_ms), begin_ms == from_ms);
    });
  };
}

Step discontinuous_frames(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    in_pieces(from_ms, to_ms, [&](int begin_ms, int end_ms) {
      timing.push_frame(begin_ms, time_of(begin_ms), time_of(end_ms - begin_ms),
                        begin_ms == from_ms);
    });
  };
}

Step sound_gap(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    timing.push_event(timing.run.audio,
                      gst_event_new_gap(time_of(from_ms), time_of(to_ms - from_ms)));
  };
}

Step picture_gap(int from_ms, int to_ms) {
  return [=](TimingRun& timing) {
    timing.push_event(timing.run.video,
                      gst_event_new_gap(time_of(from_ms), time_of(to_ms - from_ms)));
  };
}

Step sound_rate(int rate_hz) {
  return [=](TimingRun& timing) {
    timing.rate_hz = rate_hz;
    set_caps(
        timing, timing.run.audio,
        "audio/x-raw,format=F32LE,channels=1,layout=interleaved,rate=" + std::to_string(rate_hz));
  };
}

Step picture_size(int width_px) {
  return [=](TimingRun& timing) {
    timing.width_px = width_px;
    set_caps(timing, timing.run.video,
             "video/x-raw,format=RGB,height=2,framerate=10/1,width=" + std::to_string(width_px));
  };
}

Step sound_ends() {
  return [](TimingRun& timing) { timing.push_event(timing.run.audio, gst_event_new_eos()); };
}

Step picture_ends() {
  return [](TimingRun& timing) { timing.push_event(timing.run.video, gst_event_new_eos()); };
}

Step segment(SegmentTimes times) {
  return [=](TimingRun& timing) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.rate = times.rate;
    segment.start = segment.position = time_of(times.start_ms);
    if (times.rate < 0.0) segment.stop = time_of(times.start_ms + 60000);
    segment.base = time_of(times.base_ms);
    segment.time = time_of(times.time_ms < 0 ? times.start_ms : times.time_ms);
    for (GstHarness* input : inputs_of(timing)) {
      timing.push_event(input, with_seqnum(gst_event_new_segment(&segment), timing.seqnum));
    }
  };
}

Step flush() {
  return [](TimingRun& timing) {
    const guint32 seqnum = ++timing.seqnum;
    for (GstHarness* input : inputs_of(timing)) {
      timing.push_event(input, with_seqnum(gst_event_new_flush_start(), seqnum));
    }
    for (GstHarness* input : inputs_of(timing)) {
      timing.push_event(input, with_seqnum(gst_event_new_flush_stop(TRUE), seqnum));
    }
  };
}

std::vector<TextItem> text_of(CaptionerRun::Inputs inputs, const std::vector<Step>& steps,
                              const char* property, const char* value) {
  TimingRun timing(inputs, property, value);
  return text_of(timing, steps);
}

void play(const TimingRow& row) {
  TimingRun timing(row.inputs);
  const std::vector<TextItem> captions = of_kind(text_of(timing, row.steps), "caption");
  std::string said;
  for (const TextItem& caption : captions) {
    said += " " + std::to_string(caption.start / GST_MSECOND) + "-" +
            std::to_string(caption.end / GST_MSECOND);
  }
  ck_assert_msg(captions.size() == row.captions.size(), "%zu captions:%s", captions.size(),
                said.c_str());
  std::vector<FakeEngine::Asked> asked = timing.run.engine->asked();
  // A flush may have come before or after the model was asked.
  ck_assert_uint_ge(asked.size(), captions.size());
  asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(captions.size()));
  for (std::size_t index = 0; index < captions.size(); ++index) {
    const ExpectedCaption& expected = row.captions[index];
    ck_assert_msg(captions[index].start == time_of(expected.start_ms) &&
                      captions[index].end == time_of(expected.end_ms),
                  "caption %zu of:%s", index, said.c_str());
    const auto sound_ms = static_cast<int>(asked[index].samples.size() / 16);
    ck_assert_msg(sound_ms == expected.sound_ms, "caption %zu: %d ms of sound", index, sound_ms);
    const int picture_ms =
        asked[index].first_pixel.empty() ? -1 : 100 * asked[index].first_pixel.front();
    ck_assert_msg(picture_ms == expected.picture_ms, "caption %zu: the picture of %d ms", index,
                  picture_ms);
  }
}

}  // namespace dali
