// SPDX-License-Identifier: LGPL-2.1-or-later
// In a file one input may be far behind the other: because its decoder is slow, because the file
// has it so, or because it comes from elsewhere.
#include <atomic>
#include <chrono>
#include <thread>

#include "gst-plugin/session/caption_session.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using namespace dali;
using Inputs = CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

// Asks only how many windows there are.
class Counter final : public DecisionListener {
 public:
  void decided(const Decision& /*decision*/, const SampledWindow* /*window*/) override {}
};

// A session whose inputs wait from 4 MiB of sound, 65 s, on, which is what `lead_s` asks about.
struct Lead {
  Lead() : session(listener, SessionLog::silent(), {.patient_bytes = 4 << 20}) {
    session.set_settings({.window_ns = 10 * kNanosecondsPerSecond,
                          .interval_ns = 10 * kNanosecondsPerSecond,
                          .max_pending = 4,
                          .request = {},
                          .filter = {}});
    session.set_present(Input::kAudio, true);
    session.set_present(Input::kVideo, true);
    session.set_engine_missing();
    session.start();
  }

  // Pushes 100 s of sound from a thread of its own.
  void push_sound(std::optional<std::uint32_t> group) {
    pusher = std::jthread([this, group] {
      session.begin_stream(Input::kAudio, group);
      session.begin_audio(0);
      const std::vector<float> second(16000);
      for (int at_s = 0; at_s < 100; ++at_s) {
        if (session.push_audio(second, 1) != PushResult::kOk) return;
        pushed_s = at_s + 1;
      }
    });
  }

  void push_frames(int from_s, int to_s) {
    for (int at_s = from_s; at_s < to_s; ++at_s) {
      const std::int64_t start_ns = at_s * kNanosecondsPerSecond;
      session.push_picture(start_ns, start_ns + kNanosecondsPerSecond, nullptr);
    }
  }

  // Returns once so much has been pushed; the test's own time-out says when it is not.
  void wait_for(int seconds) const {
    while (pushed_s < seconds) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  Counter listener;
  CaptionSession session;
  std::atomic<int> pushed_s = 0;
  std::jthread pusher;
};

}  // namespace

START_TEST(sound_from_elsewhere_waits_for_the_pictures) {
  Lead lead;
  lead.session.begin_stream(Input::kVideo, 1);
  lead.push_sound(2);
  lead.wait_for(65);
  // It would take no time to push the rest.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ck_assert_int_le(lead.pushed_s, 66);
  lead.push_frames(0, 31);
  lead.wait_for(95);
  lead.push_frames(31, 100);
  lead.wait_for(100);
  lead.session.stop();
}
END_TEST

START_TEST(sound_that_waits_goes_on_when_the_pictures_end_or_go) {
  for (const bool ends : {true, false}) {
    Lead lead;
    lead.session.begin_stream(Input::kVideo, 1);
    lead.push_sound(2);
    lead.wait_for(65);
    if (ends) {
      lead.session.finish(Input::kVideo, 0);
    } else {
      lead.session.set_present(Input::kVideo, false);
    }
    lead.wait_for(100);
    lead.session.stop();
  }
}
END_TEST

START_TEST(a_wait_for_the_pictures_ends_when_the_session_is_interrupted) {
  Lead lead;
  lead.session.begin_stream(Input::kVideo, 1);
  lead.push_sound(2);
  lead.wait_for(65);
  lead.session.interrupt();
  lead.pusher.join();
  ck_assert_int_le(lead.pushed_s, 66);
}
END_TEST

START_TEST(sound_of_the_same_file_never_waits_for_its_pictures) {
  Lead lead;
  lead.session.begin_stream(Input::kVideo, 7);
  lead.push_sound(7);
  lead.wait_for(100);
  lead.session.stop();
}
END_TEST

START_TEST(sound_never_waits_for_pictures_that_its_own_thread_brings) {
  Lead lead;
  lead.session.begin_stream(Input::kVideo, 1);
  lead.session.begin_stream(Input::kAudio, 2);
  lead.session.begin_audio(0);
  ck_assert(lead.session.push_audio(std::vector<float>(100 * 16000), 1) == PushResult::kOk);
  ck_assert(lead.session.push_audio(std::vector<float>(16000), 1) == PushResult::kOk);
  lead.session.stop();
}
END_TEST

START_TEST(a_gap_in_a_file_proves_wrong_when_its_pictures_come_after_all) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  run.push_sound(0, 30000);
  run.push_event(run.video, gst_event_new_gap(0, 25000 * kMs));
  run.push_frames(0, 30000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 3);
  const auto asked = run.engine->asked();
  ck_assert_uint_eq(asked.size(), 3);
  for (std::size_t index = 0; index < asked.size(); ++index) {
    ck_assert_uint_eq(asked[index].first_pixel.size(), 3);
    ck_assert_uint_eq(asked[index].first_pixel.front(), 50 + 100 * index);
  }
}
END_TEST

START_TEST(a_gap_in_a_file_proves_wrong_when_its_sound_comes_after_all) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  run.push_frames(0, 20000);
  run.push_event(run.audio, gst_event_new_gap(0, 15000 * kMs));
  run.push_sound(0, 20000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 2);
  for (const FakeEngine::Asked& asked : run.engine->asked()) {
    ck_assert_uint_eq(asked.samples.size(), 160000);
    ck_assert(asked.samples[80000] > 0.0F);
  }
}
END_TEST

START_TEST(a_gap_is_silence_as_far_as_it_proved_true) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 4000);
  run.push_event(run.audio, gst_event_new_gap(4000 * kMs, 2000 * kMs));
  run.push_event(run.audio, gst_event_new_gap(6000 * kMs, 3000 * kMs));
  run.push_sound(7000, 10000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 1);
  const auto samples = run.engine->asked()[0].samples;
  ck_assert_uint_eq(samples.size(), 160000);
  for (std::size_t index = 64000; index < 112000; ++index) ck_assert(samples[index] == 0.0F);
  ck_assert(samples[63999] > 0.0F && samples[112000] > 0.0F);
}
END_TEST

START_TEST(a_gap_is_believed_when_nothing_moves_otherwise) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  run.open();
  run.push_frames(0, 1000);
  run.push_event(run.video, gst_event_new_gap(1000 * kMs, 60000 * kMs));
  // As a muxer does that takes no more sound before it has the text.
  g_autoptr(GstPad) source = gst_element_get_static_pad(run.element, "audio_src");
  gst_pad_add_probe(
      source, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        const bool is_late = GST_IS_BUFFER(info->data) &&
                             GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)) >= 5000 * kMs;
        return is_late ? GST_PAD_PROBE_OK : GST_PAD_PROBE_PASS;
      },
      nullptr, nullptr);
  std::thread sound([&] { run.push_sound(0, 6000); });
  const auto items = run.text_until("caption", 4);
  ck_assert_uint_ge(of_kind(items, "caption").size(), 4);
  gst_element_set_state(run.element, GST_STATE_NULL);  // wakes the thread that is held back
  sound.join();
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* waits = tcase_create("waits");
  tcase_add_test(waits, sound_from_elsewhere_waits_for_the_pictures);
  tcase_add_test(waits, sound_that_waits_goes_on_when_the_pictures_end_or_go);
  tcase_add_test(waits, a_wait_for_the_pictures_ends_when_the_session_is_interrupted);
  tcase_add_test(waits, sound_of_the_same_file_never_waits_for_its_pictures);
  tcase_add_test(waits, sound_never_waits_for_pictures_that_its_own_thread_brings);
  TCase* gaps = tcase_create("gaps");
  tcase_add_test(gaps, a_gap_in_a_file_proves_wrong_when_its_pictures_come_after_all);
  tcase_add_test(gaps, a_gap_in_a_file_proves_wrong_when_its_sound_comes_after_all);
  tcase_add_test(gaps, a_gap_is_silence_as_far_as_it_proved_true);
  tcase_add_test(gaps, a_gap_is_believed_when_nothing_moves_otherwise);
  Suite* suite = suite_create("lagging inputs");
  for (TCase* tcase : {waits, gaps}) suite_add_tcase(suite, tcase);
  return run_suite(suite);
}
