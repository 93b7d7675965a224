// SPDX-License-Identifier: LGPL-2.1-or-later
// What travels with the captions: metadata, messages, counters, settings.
#include "gst-plugin/caption_meta.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

const GstStructure* meta_of(GstBuffer* buffer) {
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, dali::kCaptionMetaName);
  return meta ? gst_custom_meta_get_structure(meta) : nullptr;
}

}  // namespace

START_TEST(text_buffers_carry_the_caption_as_meta_and_copies_keep_it) {
  CaptionerRun run(Inputs::kBoth);
  run.open();
  run.push_sound(0, 20000);
  run.push_frames(0, 20000);
  run.end();
  const auto captions = run.captions_until_eos();
  auto* buffer = GST_BUFFER_CAST(captions[1].object.get());
  const dali::BufferHandle copy(gst_buffer_copy_region(buffer, GST_BUFFER_COPY_ALL, 0, 4));
  for (GstBuffer* carrier : {buffer, copy.get()}) {
    const GstStructure* meta = meta_of(carrier);
    ck_assert(meta != nullptr);
    ck_assert_str_eq(gst_structure_get_string(meta, "text"), captions[1].text.c_str());
    ck_assert_str_eq(gst_structure_get_string(meta, "modality"), "audiovisual");
    ck_assert_str_eq(gst_structure_get_string(meta, "model"), "fake");
    guint64 start = 0;
    guint64 end = 0;
    guint64 window = 0;
    double probability = 0.0;
    ck_assert(gst_structure_get(meta, "start", G_TYPE_UINT64, &start, "end", G_TYPE_UINT64, &end,
                                "window-id", G_TYPE_UINT64, &window, "mean-log-probability",
                                G_TYPE_DOUBLE, &probability, nullptr));
    ck_assert_uint_eq(start, 10000 * kMs);
    ck_assert_uint_eq(end, 20000 * kMs);
    ck_assert_uint_eq(window, 1);
    ck_assert(probability == -0.5);
  }
}
END_TEST

START_TEST(media_of_a_window_whose_caption_is_known_carry_it) {
  CaptionerRun run(Inputs::kBoth, "interval", "15000");
  gst_harness_set_live(run.audio, TRUE);
  gst_harness_set_live(run.video, TRUE);
  run.open();
  // The pictures stall, so that the window closes before all of them have come.
  run.push_frames(0, 9000);
  run.push_sound(0, 20000);
  run.text_until("caption");
  run.push_frames(9000, 9500);
  ck_assert_uint_eq(gst_harness_buffers_received(run.video), 95);
  GstBuffer* last = nullptr;
  for (int index = 0; index < 95; ++index) {
    if (last) gst_buffer_unref(last);
    last = gst_harness_pull(run.video);
  }
  const GstStructure* meta = meta_of(last);
  ck_assert(meta != nullptr);
  ck_assert(gst_structure_get_string(meta, "text") != nullptr);
  gst_buffer_unref(last);
}
END_TEST

START_TEST(attach_meta_off_attaches_none) {
  CaptionerRun run(Inputs::kAudio, "attach-meta", "false");
  const auto captions = run.captions_of_sound(10000);
  ck_assert(meta_of(GST_BUFFER_CAST(captions[0].object.get())) == nullptr);
}
END_TEST

START_TEST(each_caption_is_posted_as_an_element_message) {
  CaptionerRun run(Inputs::kAudio);
  const auto captions = run.captions_of_sound(10000);
  const auto message = run.message(GST_MESSAGE_ELEMENT);
  ck_assert(message != nullptr);
  const GstStructure* structure = gst_message_get_structure(message.get());
  ck_assert_str_eq(gst_structure_get_name(structure), "DaliCaptionMeta");
  ck_assert_str_eq(gst_structure_get_string(structure, "text"), captions[0].text.c_str());
  ck_assert(run.message(GST_MESSAGE_ELEMENT, 0) == nullptr);
}
END_TEST

START_TEST(post_messages_off_posts_none) {
  CaptionerRun run(Inputs::kAudio, "post-messages", "false");
  run.open();
  run.push_sound(0, 10000);
  run.end();
  run.text_until_eos();
  ck_assert(run.message(GST_MESSAGE_ELEMENT, 0) == nullptr);
}
END_TEST

START_TEST(stats_count_what_became_of_the_windows) {
  CaptionerRun run(Inputs::kAudio);
  run.engine->answer_with([&](const dali::Window& window, const auto&, auto) -> dali::Caption {
    if (window.audio->size() < 160000) throw dali::CaptionError("too short for me");
    return {.text = "a dog",
            .mean_log_probability = -1.0,
            .token_count = 2,
            .timing = {.mel_s = 0.5, .audio_tower_s = 1.0, .prefill_s = 3.0, .decoding_s = 0.25}};
  });
  run.open();
  run.push_event(run.audio, gst_event_new_gap(0, 10000 * kMs));
  run.push_sound(10000, 33000);
  run.end();
  run.text_until_eos();
  GstStructure* stats = nullptr;
  g_object_get(run.element, "stats", &stats, nullptr);
  guint64 windows = 0;
  guint64 captions = 0;
  guint64 silent = 0;
  guint64 failed = 0;
  guint64 dropped = 0;
  int pending = -1;
  ck_assert(gst_structure_get(stats, "windows", G_TYPE_UINT64, &windows, "captions", G_TYPE_UINT64,
                              &captions, "silent", G_TYPE_UINT64, &silent, "failed", G_TYPE_UINT64,
                              &failed, "dropped", G_TYPE_UINT64, &dropped, "pending", G_TYPE_INT,
                              &pending, nullptr));
  // Two answers, each with the times above.
  const auto expect = [&](const char* field, guint64 expected) {
    guint64 value = 0;
    ck_assert_msg(gst_structure_get_uint64(stats, field, &value), "no %s", field);
    ck_assert_msg(value == expected, "%s is %" G_GUINT64_FORMAT, field, value);
  };
  expect("described", 2);
  expect("tokens", 4);
  expect("mel-time", 1'000'000'000);
  expect("pixels-time", 0);
  expect("audio-tower-time", 2'000'000'000);
  expect("vision-tower-time", 0);
  expect("prefill-time", 6'000'000'000);
  expect("decoding-time", 500'000'000);
  ck_assert_str_eq(gst_structure_get_string(stats, "precision"), "made-up, as nothing is computed");
  gst_structure_free(stats);
  ck_assert_uint_eq(windows, 4);
  ck_assert_uint_eq(captions, 2);
  ck_assert_uint_eq(silent, 1);
  ck_assert_uint_eq(failed, 1);
  ck_assert_uint_eq(dropped, 0);
  ck_assert_int_eq(pending, 0);
}
END_TEST

START_TEST(settings_reach_the_engine_as_they_stood_when_the_window_began) {
  CaptionerRun run(Inputs::kAudio, "prompt", "What is it?");
  g_object_set(run.element, "max-new-tokens", 7, "temperature", 0.25, "seed",
               static_cast<guint64>(99), "threads", 3, nullptr);
  run.open();
  run.push_sound(0, 5000);
  g_object_set(run.element, "prompt", "And now?", nullptr);
  run.push_sound(5000, 20000);
  run.end();
  run.text_until_eos();
  const auto asked = run.engine->asked();
  ck_assert_str_eq(asked[0].request.question->c_str(), "What is it?");
  ck_assert_int_eq(*asked[0].request.max_new_tokens, 7);
  ck_assert(*asked[0].request.temperature == 0.25);
  ck_assert_uint_eq(asked[0].request.seed, 99);
  ck_assert_int_eq(asked[0].request.threads, 3);
  ck_assert_str_eq(asked[1].request.question->c_str(), "And now?");
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* metadata = tcase_create("metadata");
  tcase_add_test(metadata, text_buffers_carry_the_caption_as_meta_and_copies_keep_it);
  tcase_add_test(metadata, media_of_a_window_whose_caption_is_known_carry_it);
  tcase_add_test(metadata, attach_meta_off_attaches_none);
  tcase_add_test(metadata, each_caption_is_posted_as_an_element_message);
  tcase_add_test(metadata, post_messages_off_posts_none);
  tcase_add_test(metadata, stats_count_what_became_of_the_windows);
  tcase_add_test(metadata, settings_reach_the_engine_as_they_stood_when_the_window_began);
  Suite* suite = suite_create("metadata");
  suite_add_tcase(suite, metadata);
  return dali::run_suite(suite);
}
