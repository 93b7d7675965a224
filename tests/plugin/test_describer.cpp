// SPDX-License-Identifier: LGPL-2.1-or-later
// dalidescriber: text that is spoken in the pauses of sound, by a voice that is a file; and sound
// that never waits for it.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "gst-plugin/describing/gstdalidescriber.h"
#include "gst-plugin/gst_handles.h"
#include "tests/support/gstcheck_for_cpp.h"
// After it, for both bring a Check of their own.
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

namespace {

constexpr int kRateHz = 8000;
constexpr const char* kSoundCaps =
    "audio/x-raw,format=" GST_AUDIO_NE(F32) ",layout=interleaved,rate=8000,channels=1";
constexpr const char* kFasterCaps =
    "audio/x-raw,format=" GST_AUDIO_NE(F32) ",layout=interleaved,rate=16000,channels=1";

// A WAV of one second of a tone, as a voice writes it to a pipe: with a length that is none.
std::string wav_of_a_tone() {
  constexpr std::uint32_t kVoiceHz = 16000;
  std::string samples;
  for (std::uint32_t i = 0; i < kVoiceHz; ++i) {
    const auto sample = static_cast<std::int16_t>(
        10000.0 * std::sin(2.0 * std::numbers::pi * 1000.0 * i / kVoiceHz));
    samples.append(reinterpret_cast<const char*>(&sample), sizeof sample);
  }
  std::string head = "RIFF....WAVEfmt ";
  const auto add = [&](auto number) {
    head.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  const std::uint32_t unknown = 0x7ffff000;
  std::memcpy(&head[4], &unknown, sizeof unknown);
  add(std::uint32_t{16});
  add(std::uint16_t{1});
  add(std::uint16_t{1});
  add(kVoiceHz);
  add(kVoiceHz * 2);
  add(std::uint16_t{2});
  add(std::uint16_t{16});
  head += "data";
  add(unknown);
  return head + samples;
}

class DescriberRun {
 public:
  explicit DescriberRun(const std::string& command = "") {
    const std::filesystem::path wav = folder_.path() / "tone.wav";
    std::ofstream(wav, std::ios::binary) << wav_of_a_tone();
    GstElement* describer = gst_element_factory_make("dalidescriber", nullptr);
    g_object_set(describer, "voice-command",
                 (command.empty() ? "cat '" + wav.string() + "'" : command).c_str(), nullptr);
    bus_ = gst_bus_new();
    gst_element_set_bus(describer, bus_);
    harness_ = gst_harness_new_with_element(describer, "sink", "src");
    gst_object_unref(describer);
    gst_harness_set_src_caps_str(harness_, kSoundCaps);
    text_ = gst_pad_new("text", GST_PAD_SRC);
    gst_pad_set_active(text_, TRUE);
    GstPad* sink = gst_element_get_static_pad(describer, "text_sink");
    ck_assert_int_eq(gst_pad_link(text_, sink), GST_PAD_LINK_OK);
    gst_object_unref(sink);
    gst_pad_push_event(text_, gst_event_new_stream_start("text"));
    GstCaps* caps = gst_caps_from_string("text/x-raw,format=utf8");
    gst_pad_push_event(text_, gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(text_, gst_event_new_segment(&segment));
  }
  ~DescriberRun() {
    gst_harness_teardown(harness_);
    gst_pad_set_active(text_, FALSE);
    gst_object_unref(text_);
    gst_object_unref(bus_);
  }
  DescriberRun(const DescriberRun&) = delete;
  DescriberRun& operator=(const DescriberRun&) = delete;

  GstHarness* harness() { return harness_; }
  GstPad* text() { return text_; }

  void say(const std::string& text) {
    GstBuffer* buffer = gst_buffer_new_memdup(text.data(), text.size());
    ck_assert_int_eq(gst_pad_push(text_, buffer), GST_FLOW_OK);
  }

  // What comes out while this goes in, a tenth of a second at a time.
  std::vector<float> play(const std::vector<float>& sound) {
    std::vector<float> heard;
    for (std::size_t at = 0; at < sound.size(); at += kRateHz / 10) {
      const std::size_t count = std::min<std::size_t>(sound.size() - at, kRateHz / 10);
      GstBuffer* buffer = gst_buffer_new_memdup(sound.data() + at, count * sizeof(float));
      GST_BUFFER_PTS(buffer) = pts_;
      GST_BUFFER_DURATION(buffer) = gst_util_uint64_scale(count, GST_SECOND, kRateHz);
      pts_ += GST_BUFFER_DURATION(buffer);
      ck_assert_int_eq(gst_harness_push(harness_, buffer), GST_FLOW_OK);
      const dali::BufferHandle out(gst_harness_pull(harness_));
      std::vector<float> samples(gst_buffer_get_size(out.get()) / sizeof(float));
      gst_buffer_extract(out.get(), 0, samples.data(), samples.size() * sizeof(float));
      heard.insert(heard.end(), samples.begin(), samples.end());
    }
    return heard;
  }

  // The next message of ours: "ready: a dog". Waits for it.
  std::string next_outcome() {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus_, GST_CLOCK_TIME_NONE,
        static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR));
    std::string text;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      text = std::string("error: ") + error->message;
      g_error_free(error);
    } else {
      const GstStructure* fields = gst_message_get_structure(message);
      text = std::string(gst_structure_get_string(fields, "outcome")) + ": " +
             gst_structure_get_string(fields, "text");
    }
    gst_message_unref(message);
    return text;
  }

 private:
  dali::TemporaryDirectory folder_;
  GstBus* bus_ = nullptr;
  GstHarness* harness_ = nullptr;
  GstPad* text_ = nullptr;
  GstClockTime pts_ = 0;
};

std::vector<float> tone(double seconds) {
  std::vector<float> sound;
  for (int i = 0; i < static_cast<int>(seconds * kRateHz); ++i) {
    sound.push_back(
        static_cast<float>(0.1 * std::sin(2.0 * std::numbers::pi * 300.0 * i / kRateHz)));
  }
  return sound;
}

std::vector<float> silence(double seconds) {
  return std::vector<float>(static_cast<std::size_t>(seconds * kRateHz), 0.0F);
}

bool is_silent(const std::vector<float>& sound) {
  return std::all_of(sound.begin(), sound.end(), [](float sample) { return sample == 0.0F; });
}

void assert_next(DescriberRun& run, const char* expected) {
  const std::string outcome = run.next_outcome();
  ck_assert_str_eq(outcome.c_str(), expected);
}

}  // namespace

START_TEST(text_is_spoken_in_a_pause_and_nowhere_else) {
  DescriberRun run;
  ck_assert(run.play(tone(3.0)) == tone(3.0));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  ck_assert(run.play(tone(1.0)) == tone(1.0));
  const std::vector<float> pause = run.play(silence(3.0));
  assert_next(run, "begun: a dog runs");
  assert_next(run, "spoken: a dog runs");
  const auto heard = std::count_if(pause.begin(), pause.end(),
                                   [](float sample) { return std::abs(sample) > 0.001F; });
  ck_assert_int_gt(static_cast<int>(heard), kRateHz * 9 / 10);
  ck_assert_int_le(static_cast<int>(heard), kRateHz + kRateHz / 100);
  ck_assert(run.play(tone(1.0)) == tone(1.0));
}
END_TEST

START_TEST(the_programme_goes_before_the_description) {
  DescriberRun run;
  run.play(tone(3.0));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  run.play(silence(1.0));
  assert_next(run, "begun: a dog runs");
  const std::vector<float> sound = tone(1.0);
  const std::vector<float> heard = run.play(sound);
  assert_next(run, "cut: a dog runs");
  ck_assert(std::equal(sound.begin() + kRateHz / 2, sound.end(), heard.begin() + kRateHz / 2));
}
END_TEST

START_TEST(a_picture_that_stays_is_described_once) {
  DescriberRun run;
  run.play(silence(0.5));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  run.play(silence(3.0));
  assert_next(run, "begun: a dog runs");
  assert_next(run, "spoken: a dog runs");
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  ck_assert(is_silent(run.play(silence(3.0))));
  assert_next(run, "repeated: a dog runs");
}
END_TEST

START_TEST(nothing_of_before_a_flush_is_spoken) {
  DescriberRun run;
  run.play(silence(0.5));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  gst_harness_push_event(run.harness(), gst_event_new_flush_start());
  gst_harness_push_event(run.harness(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(run.harness(), gst_event_new_segment(&segment));
  ck_assert(is_silent(run.play(silence(3.0))));
}
END_TEST

// At the new rate it would be heard too fast or too slow.
START_TEST(nothing_that_was_made_for_another_rate_is_spoken) {
  DescriberRun run;
  run.play(silence(0.5));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  gst_harness_set_src_caps_str(run.harness(), kFasterCaps);
  ck_assert(is_silent(run.play(silence(5.0))));
  run.say("a cat sleeps");
  assert_next(run, "ready: a cat sleeps");
}
END_TEST

// A captioner is seconds behind, and its text's end says nothing of the sound's.
START_TEST(the_sound_depends_on_no_text) {
  DescriberRun run;
  gst_harness_set_upstream_latency(run.harness(), 20 * GST_MSECOND);
  gst_pad_push_event(run.text(), gst_event_new_eos());
  ck_assert(run.play(tone(1.0)) == tone(1.0));
  ck_assert_uint_eq(gst_harness_query_latency(run.harness()), 20 * GST_MSECOND);
  ck_assert(gst_harness_push_event(run.harness(), gst_event_new_eos()));
  bool has_ended = false;
  while (GstEvent* event = gst_harness_try_pull_event(run.harness())) {
    ck_assert(!has_ended);
    has_ended = GST_EVENT_TYPE(event) == GST_EVENT_EOS;
    gst_event_unref(event);
  }
  ck_assert(has_ended);
}
END_TEST

START_TEST(a_voice_that_cannot_speak_is_an_error_in_a_line) {
  for (const auto& [command, words] :
       {std::pair("no-such-voice", "is not there"), std::pair("exit 3", "failed with status 3"),
        std::pair("echo hello", "wrote what is no sound"), std::pair("true", "wrote nothing")}) {
    DescriberRun run(command);
    run.play(silence(0.1));
    run.say("a dog runs");
    const std::string error = run.next_outcome();
    ck_assert_msg(error.starts_with("error: ") && error.find(words) != std::string::npos, "%s",
                  error.c_str());
  }
}
END_TEST

// The sound goes on meanwhile, and the end does not wait for it.
START_TEST(a_voice_that_hangs_holds_up_nothing) {
  DescriberRun run("sleep 1000");
  run.play(silence(0.1));
  run.say("a dog runs");
  ck_assert(run.play(tone(3.0)) == tone(3.0));
}
END_TEST

START_TEST(it_starts_again) {
  DescriberRun run;
  run.play(silence(0.5));
  run.say("a dog runs");
  assert_next(run, "ready: a dog runs");
  GstElement* describer = run.harness()->element;
  for (const GstState state : {GST_STATE_NULL, GST_STATE_PLAYING}) {
    ck_assert_int_eq(gst_element_set_state(describer, state), GST_STATE_CHANGE_SUCCESS);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalidescriber, nullptr);
  Suite* suite = suite_create("dalidescriber");
  TCase* live = tcase_create("live");
  tcase_add_test(live, text_is_spoken_in_a_pause_and_nowhere_else);
  tcase_add_test(live, the_programme_goes_before_the_description);
  tcase_add_test(live, a_picture_that_stays_is_described_once);
  tcase_add_test(live, nothing_of_before_a_flush_is_spoken);
  tcase_add_test(live, nothing_that_was_made_for_another_rate_is_spoken);
  tcase_add_test(live, the_sound_depends_on_no_text);
  suite_add_tcase(suite, live);
  TCase* voices = tcase_create("voices");
  tcase_add_test(voices, a_voice_that_cannot_speak_is_an_error_in_a_line);
  tcase_add_test(voices, a_voice_that_hangs_holds_up_nothing);
  tcase_add_test(voices, it_starts_again);
  suite_add_tcase(suite, voices);
  return dali::run_suite(suite);
}
