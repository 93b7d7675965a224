// SPDX-License-Identifier: LGPL-2.1-or-later
// The text stream's events: how it opens, moves on and ends.
#include <memory>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using dali::of_kind;
using dali::segment_event;
using dali::TextItem;
using dali::with_seqnum;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;

GstEvent* event_of(const TextItem& item) {
  return GST_EVENT_CAST(item.object.get());
}

// A pad of the test's own on a new sink of the element.
struct OwnInput {
  OwnInput(GstElement* element, const char* name)
      : sink(gst_element_request_pad_simple(element, name)),
        source(gst_pad_new("source", GST_PAD_SRC)) {
    ck_assert_int_eq(gst_pad_link(source, sink), GST_PAD_LINK_OK);
    gst_pad_set_active(source, TRUE);
  }
  ~OwnInput() {
    gst_pad_set_active(source, FALSE);
    gst_pad_unlink(source, sink);
    gst_object_unref(source);
    gst_object_unref(sink);
  }
  OwnInput(const OwnInput&) = delete;
  OwnInput& operator=(const OwnInput&) = delete;
  GstPad* sink;
  GstPad* source;
};

}  // namespace

START_TEST(the_first_stream_start_opens_the_text_at_once) {
  CaptionerRun run(Inputs::kNone, "language", "de");
  // Harnesses start their streams on their own.
  OwnInput audio(run.element, "audio_sink");
  OwnInput video(run.element, "video_sink");
  GstEvent* start = gst_event_new_stream_start("media/1");
  gst_event_set_group_id(start, 77);
  ck_assert(gst_pad_push_event(audio.source, with_seqnum(start, 4242)));
  // Without waiting: they are there before the media can be.
  const auto items = run.text_so_far();
  ck_assert_uint_eq(items.size(), 4);
  ck_assert_str_eq(items[0].kind.c_str(), "stream-start");
  ck_assert_str_eq(items[1].kind.c_str(), "caps");
  ck_assert_str_eq(items[2].kind.c_str(), "segment");
  ck_assert_str_eq(items[3].kind.c_str(), "tag");
  for (const TextItem& item : items) ck_assert_msg(item.seqnum == 4242, "%s", item.kind.c_str());

  guint group_id = 0;
  gst_event_parse_group_id(event_of(items[0]), &group_id);
  ck_assert_uint_eq(group_id, 77);
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  gst_event_parse_stream_flags(event_of(items[0]), &flags);
  ck_assert(flags & GST_STREAM_FLAG_SPARSE);
  g_autoptr(GstStream) stream = nullptr;
  gst_event_parse_stream(event_of(items[0]), &stream);
  ck_assert_int_eq(gst_stream_get_stream_type(stream), GST_STREAM_TYPE_TEXT);

  GstCaps* caps = nullptr;
  gst_event_parse_caps(event_of(items[1]), &caps);
  ck_assert_str_eq(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "text/x-raw");

  GstTagList* tags = nullptr;
  gst_event_parse_tag(event_of(items[3]), &tags);
  g_autofree gchar* language = nullptr;
  ck_assert(gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &language));
  ck_assert_str_eq(language, "de");

  gst_pad_push_event(video.source, gst_event_new_stream_start("media/2"));
  ck_assert_uint_eq(run.text_so_far().size(), 4);
}
END_TEST

START_TEST(gaps_cover_decided_time_at_least_every_interval) {
  CaptionerRun run(Inputs::kAudio, "gap-interval", "300");
  run.open();
  run.push_sound(0, 1000);
  run.push_event(run.audio, gst_event_new_gap(1000 * kMs, 19000 * kMs));
  run.push_sound(20000, 30000);
  run.end();
  GstClockTime covered = 0;
  for (const TextItem& item : run.text_until_eos()) {
    if (item.kind != "gap" && item.kind != "caption") continue;
    ck_assert_uint_eq(item.start, covered);
    if (item.kind == "gap") ck_assert_uint_le(item.end - item.start, 300 * kMs);
    covered = item.end;
  }
  ck_assert_uint_eq(covered, 30000 * kMs);
}
END_TEST

START_TEST(a_gap_follows_each_caption_at_its_end) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 25000);
  run.end();
  const auto items = run.text_until_eos();
  std::size_t captions = 0;
  for (std::size_t index = 0; index < items.size(); ++index) {
    if (items[index].kind != "caption") continue;
    ++captions;
    ck_assert_str_eq(items[index + 1].kind.c_str(), "gap");
    ck_assert_uint_eq(items[index + 1].start, items[index].end);
  }
  ck_assert_uint_eq(captions, 3);
}
END_TEST

START_TEST(empty_buffers_stand_before_gaps_in_that_mode) {
  CaptionerRun run(Inputs::kAudio, "gap-mode", "empty-buffer");
  run.open();
  run.push_event(run.audio, gst_event_new_gap(0, 10000 * kMs));
  run.end();
  const auto items = run.text_until_eos();
  const auto empty = of_kind(items, "empty");
  ck_assert_uint_eq(empty.size(), 20);
  ck_assert_uint_eq(empty[1].start, 500 * kMs);
  ck_assert_uint_eq(empty[1].end, 1000 * kMs);
}
END_TEST

START_TEST(media_end_at_once_and_the_text_after_the_last_caption) {
  CaptionerRun run(Inputs::kBoth);
  run.engine->hold();
  run.open();
  run.push_sound(0, 5000);
  run.push_frames(0, 5000);
  run.push_event(run.audio, with_seqnum(gst_event_new_eos(), 100));
  GstEvent* last = nullptr;
  while (GstEvent* event = gst_harness_try_pull_event(run.audio)) {
    if (last) gst_event_unref(last);
    last = event;
  }
  ck_assert_int_eq(GST_EVENT_TYPE(last), GST_EVENT_EOS);
  gst_event_unref(last);
  run.push_event(run.video, with_seqnum(gst_event_new_eos(), 101));
  run.engine->wait_until_describing();
  ck_assert_uint_eq(of_kind(run.text_so_far(), "eos").size(), 0);
  run.engine->release();
  const auto items = run.text_until_eos();
  ck_assert_uint_eq(of_kind(items, "caption").size(), 1);
  ck_assert_str_eq(items.back().kind.c_str(), "eos");
  ck_assert_uint_eq(items.back().seqnum, 101);
}
END_TEST

START_TEST(one_input_may_end_long_before_the_other) {
  CaptionerRun run(Inputs::kBoth, "window", "2000");
  run.open();
  run.push_sound(0, 3000);
  run.push_event(run.audio, gst_event_new_eos());
  run.push_frames(0, 8000);
  run.push_event(run.video, gst_event_new_eos());
  ck_assert_uint_eq(run.captions_until_eos().size(), 4);
  const auto asked = run.engine->asked();
  ck_assert_uint_eq(asked[1].samples.size(), 16000);
  ck_assert_uint_eq(asked[2].samples.size(), 0);
  ck_assert_int_eq(asked[3].width_px, 4);
}
END_TEST

START_TEST(an_input_of_a_file_is_waited_for_until_it_ends) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  run.open();
  run.push_frames(0, 60000);
  ck_assert_uint_eq(of_kind(run.text_so_far(), "caption").size(), 0);
  run.push_event(run.audio, gst_event_new_eos());
  run.text_until("caption");
}
END_TEST

START_TEST(an_input_that_is_released_is_not_waited_for) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  auto video = std::make_unique<OwnInput>(run.element, "video_sink");
  run.open();
  run.push_sound(0, 5000);
  run.push_event(run.audio, gst_event_new_eos());
  ck_assert_uint_eq(of_kind(run.text_so_far(), "caption").size(), 0);
  gst_element_release_request_pad(run.element, video->sink);
  video.reset();
  ck_assert_uint_eq(run.captions_until_eos().size(), 5);
}
END_TEST

START_TEST(every_text_event_keeps_the_seqnum_of_what_caused_it) {
  CaptionerRun run(Inputs::kNone);
  OwnInput audio(run.element, "audio_sink");
  gst_pad_push_event(audio.source, with_seqnum(gst_event_new_stream_start("media"), 21));
  g_autoptr(GstCaps) caps = gst_caps_from_string(CaptionerRun::kMono16);
  gst_pad_push_event(audio.source, gst_event_new_caps(caps));
  gst_pad_push_event(audio.source, segment_event(0, 0, 22));
  gst_pad_push(audio.source, dali::sound_buffer(0, 10000).release());
  gst_pad_push_event(audio.source, with_seqnum(gst_event_new_eos(), 23));
  const auto items = run.text_until_eos();
  ck_assert_uint_eq(of_kind(items, "stream-start")[0].seqnum, 21);
  ck_assert_uint_eq(of_kind(items, "segment").back().seqnum, 22);
  for (const TextItem& gap : of_kind(items, "gap")) ck_assert_uint_eq(gap.seqnum, 22);
  ck_assert_uint_eq(of_kind(items, "eos")[0].seqnum, 23);
}
END_TEST

START_TEST(captions_lie_in_the_segment_of_the_media) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 1000);
  run.push_event(run.audio, segment_event(100000 * kMs, 5000 * kMs, 1));
  for (int at_ms = 0; at_ms < 5000; at_ms += 100) {
    dali::BufferHandle buffer = dali::sound_buffer(at_ms, at_ms + 100);
    GST_BUFFER_PTS(buffer.get()) += 100000 * kMs;
    gst_harness_push(run.audio, buffer.release());
  }
  run.end();
  const auto captions = run.captions_until_eos();
  ck_assert_uint_eq(captions.size(), 2);
  ck_assert_uint_eq(captions[1].start, 100000 * kMs);
  ck_assert_uint_eq(captions[1].end, 105000 * kMs);
}
END_TEST

START_TEST(a_stream_that_starts_anew_after_its_end_opens_the_text_anew) {
  CaptionerRun run(Inputs::kAudio);
  run.open();
  run.push_sound(0, 2000);
  run.end();
  run.text_until_eos();
  run.push_event(run.audio, gst_event_new_stream_start("media/second"));
  run.push_event(run.audio, segment_event(0, 2000 * kMs, 3));
  ck_assert_int_eq(run.push_sound(0, 3000), GST_FLOW_OK);
  run.end();
  const auto items = run.text_until("eos", 2);
  ck_assert_uint_eq(of_kind(items, "stream-start").size(), 2);
  const auto captions = of_kind(items, "caption");
  ck_assert_uint_eq(captions.size(), 2);
  ck_assert_uint_eq(captions[1].end - captions[1].start, 3000 * kMs);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* opening = tcase_create("opening");
  tcase_add_test(opening, the_first_stream_start_opens_the_text_at_once);
  tcase_add_test(opening, every_text_event_keeps_the_seqnum_of_what_caused_it);
  tcase_add_test(opening, captions_lie_in_the_segment_of_the_media);
  tcase_add_test(opening, a_stream_that_starts_anew_after_its_end_opens_the_text_anew);
  TCase* gaps = tcase_create("gaps");
  tcase_add_test(gaps, gaps_cover_decided_time_at_least_every_interval);
  tcase_add_test(gaps, a_gap_follows_each_caption_at_its_end);
  tcase_add_test(gaps, empty_buffers_stand_before_gaps_in_that_mode);
  TCase* ends = tcase_create("ends");
  tcase_add_test(ends, media_end_at_once_and_the_text_after_the_last_caption);
  tcase_add_test(ends, one_input_may_end_long_before_the_other);
  tcase_add_test(ends, an_input_of_a_file_is_waited_for_until_it_ends);
  tcase_add_test(ends, an_input_that_is_released_is_not_waited_for);
  Suite* suite = suite_create("events");
  for (TCase* tcase : {opening, gaps, ends}) {
    suite_add_tcase(suite, tcase);
  }
  return dali::run_suite(suite);
}
