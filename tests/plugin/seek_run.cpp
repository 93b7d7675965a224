// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/seek_run.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace dali {
namespace {

constexpr int kSampleRate = 16000;
constexpr int kFrameRate = 10;
constexpr int kWidth = 32;
constexpr int kHeight = 32;
constexpr int kSampleStep = 2000;  // of 16 bits, from one second's level to the next's
constexpr int kLumaStep = 20;
constexpr int kBlack = 16;
constexpr GstClockTime kPatience = 30 * GST_SECOND;

int second_of_sample(float sample) {
  return static_cast<int>(std::lround(sample * 32768.0F / kSampleStep)) - 1;
}

int second_of_red(int red) {
  // Full range again: (luma - 16) * 255 / 219.
  return static_cast<int>(std::lround(red * 219.0 / 255.0 / kLumaStep)) - 1;
}

void play_to_the_end(const std::string& line) {
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  if (error) throw std::runtime_error(error->message);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, kPatience, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  const bool has_ended = message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message) gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  if (!has_ended) throw std::runtime_error("the clip cannot be written: " + line);
}

}  // namespace

void write_counting_clip(const std::filesystem::path& file) {
  const std::string sound_file = file.string() + ".sound";
  const std::string picture_file = file.string() + ".pictures";
  {
    std::ofstream sound(sound_file, std::ios::binary);
    std::ofstream pictures(picture_file, std::ios::binary);
    for (int second = 0; second < kClipSeconds; ++second) {
      const std::vector<gint16> samples(kSampleRate,
                                        static_cast<gint16>(kSampleStep * (second + 1)));
      sound.write(reinterpret_cast<const char*>(samples.data()), 2 * kSampleRate);
      std::string frame(kWidth * kHeight, static_cast<char>(kBlack + kLumaStep * (second + 1)));
      frame.append(kWidth * kHeight / 2, static_cast<char>(128));
      for (int number = 0; number < kFrameRate; ++number) pictures << frame;
    }
  }
  play_to_the_end("filesrc location=" + sound_file +
                  " blocksize=3200 ! rawaudioparse sample-rate=16000 num-channels=1 ! queue ! m. "
                  "filesrc location=" +
                  picture_file +
                  " ! rawvideoparse width=32 height=32 format=i420 framerate=10/1 ! "
                  "x264enc key-int-max=20 bframes=0 speed-preset=ultrafast ! queue ! m. "
                  "matroskamux name=m ! filesink location=" +
                  file.string());
}

std::shared_ptr<FakeEngine> counting_engine() {
  auto engine = std::make_shared<FakeEngine>();
  engine->record_nothing();
  engine->answer_with([](const Window& window, const CaptionRequest&, auto) -> Caption {
    int first = -1;
    int last = -1;
    int shown = -1;
    if (window.audio) {
      first = second_of_sample(window.audio->front());
      last = second_of_sample(window.audio->back());
    }
    if (window.frame) shown = second_of_red(window.frame->pixels[0]);
    return {
        .text = std::to_string(first) + " " + std::to_string(last) + " " + std::to_string(shown),
        .mean_log_probability = -0.5,
        .token_count = 3};
  });
  return engine;
}

SeekRun::SeekRun(GstElement* taken, GstElement* text_sink) : pipeline(taken) {
  g_autoptr(GstPad) pad = gst_element_get_static_pad(text_sink, "sink");
  const auto what =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH);
  gst_pad_add_probe(pad, what, record, this, nullptr);
  bus_ = gst_element_get_bus(pipeline);
}

SeekRun SeekRun::of(const std::string& description) {
  g_autoptr(GError) error = nullptr;
  GstElement* parsed = gst_parse_launch(description.c_str(), &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(parsed), "t");
  return SeekRun(parsed, sink);
}

SeekRun::~SeekRun() {
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus_);
  gst_object_unref(pipeline);
}

void SeekRun::change_state(GstState state) {
  gst_element_set_state(pipeline, state);
  ck_assert_msg(
      gst_element_get_state(pipeline, nullptr, nullptr, kPatience) == GST_STATE_CHANGE_SUCCESS,
      "the pipeline does not get to %s", gst_element_state_get_name(state));
}

bool SeekRun::seek(double rate, int flags, double start_s, double stop_s) {
  const auto time = [](double seconds) {
    return static_cast<gint64>(std::llround(seconds * static_cast<double>(GST_SECOND)));
  };
  const gint64 stop = stop_s < 0 ? static_cast<gint64>(GST_CLOCK_TIME_NONE) : time(stop_s);
  return gst_element_seek(pipeline, rate, GST_FORMAT_TIME, static_cast<GstSeekFlags>(flags),
                          GST_SEEK_TYPE_SET, time(start_s), GST_SEEK_TYPE_SET, stop);
}

GstMessageType SeekRun::wait_for(int types) {
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus_, kPatience, static_cast<GstMessageType>(types | GST_MESSAGE_ERROR));
  ck_assert_msg(message != nullptr, "the pipeline hangs");
  const GstMessageType type = GST_MESSAGE_TYPE(message);
  if (type == GST_MESSAGE_ERROR) {
    g_autoptr(GError) failure = nullptr;
    gst_message_parse_error(message, &failure, nullptr);
    ck_abort_msg("%s", failure->message);
  }
  gst_message_unref(message);
  return type;
}

std::vector<Counted> SeekRun::captions() {
  const std::lock_guard lock(mutex_);
  for (const Counted& caption : captions_) {
    // What a decoder's first samples lack or have too many is no second.
    const auto is_second = [](int second, double time_s, double side_s) {
      return second == static_cast<int>(std::floor(time_s)) ||
             second == static_cast<int>(std::floor(time_s + side_s));
    };
    ck_assert_msg(
        caption.first_second < 0 || (is_second(caption.first_second, caption.start_s, 0.03) &&
                                     is_second(caption.last_second, caption.end_s, -0.03)),
        "%.3f to %.3f is described from the sound of seconds %d to %d", caption.start_s,
        caption.end_s, caption.first_second, caption.last_second);
    ck_assert_msg(
        caption.shown_second < 0 ||
            (caption.shown_second >= static_cast<int>(std::floor(caption.start_s - 0.1)) &&
             caption.shown_second <= static_cast<int>(std::floor(caption.end_s))),
        "%.3f to %.3f is described from the picture of second %d", caption.start_s, caption.end_s,
        caption.shown_second);
  }
  return captions_;
}

void SeekRun::forget_captions() {
  const std::lock_guard lock(mutex_);
  captions_.clear();
}

GstPadProbeReturn SeekRun::record(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto* run = static_cast<SeekRun*>(data);
  const std::lock_guard lock(run->mutex_);
  if (!(GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER)) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) run->captions_.clear();
    return GST_PAD_PROBE_OK;
  }
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  const auto stream_s = [&](GstClockTime time) {
    return static_cast<double>(gst_segment_to_stream_time(segment, GST_FORMAT_TIME, time)) /
           static_cast<double>(GST_SECOND);
  };
  Counted caption;
  caption.start_s = stream_s(GST_BUFFER_PTS(buffer));
  caption.end_s = stream_s(GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer));
  GstMapInfo mapped;
  ck_assert(gst_buffer_map(buffer, &mapped, GST_MAP_READ));
  const std::string text(reinterpret_cast<const char*>(mapped.data), mapped.size);
  gst_buffer_unmap(buffer, &mapped);
  const int read = std::sscanf(text.c_str(), "%d %d %d", &caption.first_second,
                               &caption.last_second, &caption.shown_second);
  ck_assert_int_eq(read, 3);
  run->captions_.push_back(caption);
  return GST_PAD_PROBE_OK;
}

}  // namespace dali
