// SPDX-License-Identifier: LGPL-2.1-or-later
// What the captions say, when, and of what.
#include <cmath>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

void expect_times(const TextItem& caption, GstClockTime start, GstClockTime end) {
  ck_assert_uint_eq(caption.start, start);
  ck_assert_uint_eq(caption.end, end);
}

}  // namespace

START_TEST(sound_alone_gives_a_caption_a_window) {
  CaptionerRun run(Inputs::kAudio);
  const auto captions = run.captions_of_sound(20000);
  ck_assert_uint_eq(captions.size(), 2);
  expect_times(captions[0], 0, 10000 * kMs);
  expect_times(captions[1], 10000 * kMs, 20000 * kMs);
  ck_assert_uint_eq(run.engine->asked()[0].samples.size(), 160000);
  ck_assert_int_eq(run.engine->asked()[0].width_px, 0);
}
END_TEST

START_TEST(pictures_alone_give_the_frame_at_the_middle_of_each_window) {
  CaptionerRun run(Inputs::kVideo);
  run.open();
  run.push_frames(0, 20000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 2);
  const auto asked = run.engine->asked();
  ck_assert_uint_eq(asked[0].samples.size(), 0);
  ck_assert_int_eq(asked[0].width_px, 4);
  ck_assert_int_eq(asked[0].height_px, 2);
  ck_assert_uint_eq(asked[0].first_pixel[0], 50);
  ck_assert_uint_eq(asked[1].first_pixel[0], 150);
}
END_TEST

START_TEST(sound_and_pictures_share_windows_whichever_runs_ahead) {
  std::string first_text;
  for (const bool is_audio_first : {true, false}) {
    CaptionerRun run(Inputs::kBoth);
    run.open();
    if (is_audio_first) run.push_sound(0, 10000);
    run.push_frames(0, 10000);
    if (!is_audio_first) run.push_sound(0, 10000);
    run.end();
    const auto captions = run.captions_until_eos();
    ck_assert_uint_eq(captions.size(), 1);
    if (first_text.empty()) first_text = captions[0].text;
    ck_assert_str_eq(captions[0].text.c_str(), first_text.c_str());
    ck_assert_uint_eq(run.engine->asked()[0].samples.size(), 160000);
    ck_assert_uint_eq(run.engine->asked()[0].first_pixel[0], 50);
  }
}
END_TEST

START_TEST(the_modality_chooses_what_is_sampled) {
  CaptionerRun run(Inputs::kBoth, "modality", "audio");
  run.open();
  run.push_sound(0, 10000);
  run.push_frames(0, 10000);
  run.end();
  run.text_until_eos();
  ck_assert_int_eq(run.engine->asked()[0].width_px, 0);
  ck_assert(run.engine->asked()[0].request.modality == dali::Modality::kAudio);
}
END_TEST

START_TEST(the_end_drains_a_partial_window_of_a_second_or_more) {
  struct Case {
    int length_ms;
    std::size_t captions;
  };
  for (const Case& row : {Case{10999, 1}, Case{11000, 2}, Case{12500, 2}, Case{999, 0}}) {
    CaptionerRun run(Inputs::kAudio);
    run.open();
    run.push_sound(0, row.length_ms);
    run.end();
    const auto captions = run.captions_until_eos();
    ck_assert_msg(captions.size() == row.captions, "%d ms: %zu captions", row.length_ms,
                  captions.size());
    if (row.captions == 2) expect_times(captions[1], 10000 * kMs, row.length_ms * kMs);
  }
}
END_TEST

START_TEST(short_intervals_overlap_windows_but_never_captions) {
  CaptionerRun run(Inputs::kAudio, "interval", "4000");
  const auto captions = run.captions_of_sound(15000);
  ck_assert_uint_eq(captions.size(), 3);
  expect_times(captions[0], 0, 4000 * kMs);
  expect_times(captions[1], 4000 * kMs, 8000 * kMs);
  expect_times(captions[2], 8000 * kMs, 15000 * kMs);
  ck_assert_uint_eq(run.engine->asked()[1].samples.size(), 160000);
}
END_TEST

START_TEST(long_intervals_leave_time_without_captions) {
  CaptionerRun run(Inputs::kAudio, "interval", "15000");
  const auto captions = run.captions_of_sound(30000);
  ck_assert_uint_eq(captions.size(), 2);
  expect_times(captions[1], 15000 * kMs, 25000 * kMs);
}
END_TEST

START_TEST(a_discontinuity_closes_the_window) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 3000);
  dali::BufferHandle next = dali::sound_buffer(3000, 4000);
  GST_BUFFER_FLAG_SET(next.get(), GST_BUFFER_FLAG_DISCONT);
  gst_harness_push(run.audio, next.release());
  run.push_sound(4000, 5000);
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 2);
  expect_times(captions[0], 0, 3000 * kMs);
  expect_times(captions[1], 3000 * kMs, 5000 * kMs);
}
END_TEST

START_TEST(a_jump_beyond_40_ms_closes_the_window_and_a_smaller_one_does_not) {
  struct Case {
    int jump_ms;
    std::size_t captions;
  };
  for (const Case& row : {Case{0, 1}, Case{39, 1}, Case{-39, 1}, Case{41, 2}, Case{700, 2}}) {
    CaptionerRun run(Inputs::kAudio);
    run.open();
    run.push_sound(0, 3000);
    run.push_sound(3000 + row.jump_ms, 6000 + row.jump_ms);
    run.end();
    const auto captions = run.captions_until_eos();
    ck_assert_msg(captions.size() == row.captions, "%d ms: %zu captions", row.jump_ms,
                  captions.size());
    if (row.captions == 2) {
      expect_times(captions[1], (3000 + row.jump_ms) * kMs, (6000 + row.jump_ms) * kMs);
    }
  }
}
END_TEST

START_TEST(time_that_repeats_never_gives_captions_that_go_back) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 5000);
  run.push_sound(2000, 9000);
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 2);
  expect_times(captions[0], 0, 5000 * kMs);
  expect_times(captions[1], 5000 * kMs, 9000 * kMs);
  ck_assert_uint_eq(run.engine->asked()[1].samples.size(), 64000);
}
END_TEST

START_TEST(a_gap_is_silence_in_its_window) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 4000);
  run.push_event(run.audio, gst_event_new_gap(4000 * kMs, 3000 * kMs));
  run.push_sound(7000, 10000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 1);
  const auto samples = run.engine->asked()[0].samples;
  ck_assert_uint_eq(samples.size(), 160000);
  for (std::size_t index = 64000; index < 112000; ++index) ck_assert(samples[index] == 0.0F);
  ck_assert(samples[63999] > 0.0F && samples[112000] > 0.0F);
}
END_TEST

START_TEST(silence_is_not_described) {
  CaptionerRun run(Inputs::kAudio, "time-zero", "running-time");
  run.open();
  run.push_event(run.audio, gst_event_new_gap(0, 10000 * kMs));
  run.push_sound(10000, 20000);
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 1);
  expect_times(captions[0], 10000 * kMs, 20000 * kMs);
  ck_assert_uint_eq(run.engine->asked().size(), 1);
}
END_TEST

START_TEST(splitting_the_sound_anywhere_gives_the_same_captions) {
  std::vector<std::string> expected;
  for (const int piece_ms : {100, 1, 7, 333, 20000}) {
    CaptionerRun run(Inputs::kAudio);
    run.open();
    run.push_sound(0, 15000, piece_ms);
    run.end();
    std::vector<std::string> texts;
    for (const TextItem& caption : run.captions_until_eos()) texts.push_back(caption.text);
    if (expected.empty()) expected = texts;
    ck_assert_uint_eq(texts.size(), 2);
    ck_assert_msg(texts == expected, "pieces of %d ms", piece_ms);
  }
}
END_TEST

START_TEST(splitting_resampled_sound_anywhere_gives_the_same_samples) {
  std::vector<float> expected;
  for (const int piece : {4410, 100, 44100, 1237}) {
    CaptionerRun run(Inputs::kAudio);
    run.open("audio/x-raw,format=S16LE,rate=44100,channels=2,layout=interleaved");
    for (int at = 0; at < 441000; at += piece) {
      const int frames = std::min(piece, 441000 - at);
      std::vector<std::int16_t> samples;
      for (int frame = at; frame < at + frames; ++frame) {
        const double angle = frame * 0.05;
        samples.push_back(static_cast<std::int16_t>(9000 * std::sin(angle)));
        samples.push_back(static_cast<std::int16_t>(5000 * std::cos(0.3 * angle)));
      }
      GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * 2);
      GST_BUFFER_PTS(buffer) = gst_util_uint64_scale_int(at, GST_SECOND, 44100);
      gst_harness_push(run.audio, buffer);
    }
    run.end();
    ck_assert_uint_eq(run.captions_until_eos().size(), 1);
    const auto samples = run.engine->asked()[0].samples;
    ck_assert_uint_eq(samples.size(), 160000);
    if (expected.empty()) expected = samples;
    for (std::size_t index = 0; index < samples.size(); ++index) {
      ck_assert_msg(samples[index] == expected[index], "pieces of %d frames: sample %zu", piece,
                    index);
    }
  }
}
END_TEST

START_TEST(two_runs_give_the_same_captions) {
  std::vector<std::string> texts[2];
  for (auto& of_run : texts) {
    CaptionerRun run(Inputs::kBoth, "window", "2000");
    run.open();
    for (int at_ms = 0; at_ms < 30000; at_ms += 500) {
      run.push_sound(at_ms, at_ms + 500);
      run.push_frames(at_ms, at_ms + 500);
    }
    run.end();
    for (const TextItem& caption : run.captions_until_eos()) of_run.push_back(caption.text);
  }
  ck_assert_uint_eq(texts[0].size(), 15);
  ck_assert(texts[0] == texts[1]);
}
END_TEST

START_TEST(captions_come_out_as_one_clean_line) {
  CaptionerRun run(Inputs::kAudio);
  run.engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
    return {.text = " a dog\n\n--> \xff barks\n", .mean_log_probability = -1.0, .token_count = 2};
  });
  run.open();
  run.push_sound(0, 10000);
  run.end();
  ck_assert(run.captions_until_eos()[0].text == "a dog -> barks");
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* captions = tcase_create("captions");
  tcase_add_test(captions, sound_alone_gives_a_caption_a_window);
  tcase_add_test(captions, pictures_alone_give_the_frame_at_the_middle_of_each_window);
  tcase_add_test(captions, sound_and_pictures_share_windows_whichever_runs_ahead);
  tcase_add_test(captions, the_modality_chooses_what_is_sampled);
  tcase_add_test(captions, the_end_drains_a_partial_window_of_a_second_or_more);
  tcase_add_test(captions, short_intervals_overlap_windows_but_never_captions);
  tcase_add_test(captions, long_intervals_leave_time_without_captions);
  tcase_add_test(captions, a_discontinuity_closes_the_window);
  tcase_add_test(captions, a_jump_beyond_40_ms_closes_the_window_and_a_smaller_one_does_not);
  tcase_add_test(captions, time_that_repeats_never_gives_captions_that_go_back);
  tcase_add_test(captions, a_gap_is_silence_in_its_window);
  tcase_add_test(captions, silence_is_not_described);
  tcase_add_test(captions, splitting_the_sound_anywhere_gives_the_same_captions);
  tcase_add_test(captions, splitting_resampled_sound_anywhere_gives_the_same_samples);
  tcase_add_test(captions, two_runs_give_the_same_captions);
  tcase_add_test(captions, captions_come_out_as_one_clean_line);
  Suite* suite = suite_create("captions");
  suite_add_tcase(suite, captions);
  return dali::run_suite(suite);
}
