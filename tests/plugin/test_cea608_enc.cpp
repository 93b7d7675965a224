// SPDX-License-Identifier: LGPL-2.1-or-later
// dalicea608enc in a pipeline: its caps, a buffer for every frame, and events around the text.
#include <algorithm>
#include <string>
#include <vector>

#include "gst-plugin/text/gstdalicea608enc.h"
#include "gst-plugin/text_loss.h"
#include "tests/plugin/text_run.h"
#include "tests/support/check_suite.h"

namespace {

struct EncoderRun : dali::TextRun {
  explicit EncoderRun(const char* sink_caps = nullptr) : TextRun("dalicea608enc", sink_caps) {}
  void set(const char* property, const char* value) {
    gst_util_set_object_arg(G_OBJECT(harness->element), property, value);
  }
};

struct Frame {
  GstClockTime start = 0;
  GstClockTime duration = 0;
  std::string bytes;
};

std::vector<Frame> frames(EncoderRun& run) {
  std::vector<Frame> all;
  while (gst_harness_buffers_in_queue(run.harness) > 0) {
    const dali::BufferHandle buffer(gst_harness_pull(run.harness));
    Frame frame{GST_BUFFER_PTS(buffer.get()), GST_BUFFER_DURATION(buffer.get()), ""};
    frame.bytes.resize(gst_buffer_get_size(buffer.get()));
    gst_buffer_extract(buffer.get(), 0, frame.bytes.data(), frame.bytes.size());
    all.push_back(frame);
  }
  return all;
}

const std::string kNothing = "\x80\x80";
const std::string kRollUp2 = "\x94\x25";

}  // namespace

START_TEST(every_frame_of_the_time_that_is_known_has_a_buffer) {
  struct Case {
    const char* caps;
    guint64 numerator;
    guint64 denominator;
    std::size_t frames_in_10_s;  // whose middle is known
  };
  const Case rows[] = {
      {"closedcaption/x-cea-608", 30000, 1001, 300},
      {"closedcaption/x-cea-608,framerate=25/1", 25, 1, 250},
      {"closedcaption/x-cea-608,framerate=24000/1001", 24000, 1001, 240},
      {"closedcaption/x-cea-608,framerate=60000/1001", 60000, 1001, 599},
  };
  for (const Case& row : rows) {
    EncoderRun run(row.caps);
    run.push_gap(0, 4000);
    run.push("a dog barks", 5000, 2000);
    run.push_gap(10000, 0);
    const std::vector<Frame> all = frames(run);
    ck_assert_msg(all.size() == row.frames_in_10_s, "%s: %zu", row.caps, all.size());
    for (std::size_t index = 0; index < all.size(); ++index) {
      ck_assert_uint_eq(all[index].start,
                        gst_util_uint64_scale(index, GST_SECOND * row.denominator, row.numerator));
      ck_assert_uint_eq(
          all[index].start + all[index].duration,
          gst_util_uint64_scale(index + 1, GST_SECOND * row.denominator, row.numerator));
      ck_assert_uint_eq(all[index].bytes.size(), 2);
    }
  }
}
END_TEST

START_TEST(no_more_pairs_are_sent_than_a_field_has) {
  EncoderRun run("closedcaption/x-cea-608,framerate=60000/1001");
  run.push("a dog barks and a siren wails", 0, 4000);
  run.push_gap(4000, 1000);
  const std::vector<Frame> all = frames(run);
  for (std::size_t index = 1; index < all.size(); ++index) {
    ck_assert(all[index].bytes == kNothing || all[index - 1].bytes == kNothing);
  }
}
END_TEST

START_TEST(a_caption_begins_in_the_frame_of_its_start) {
  EncoderRun run;
  run.push("a dog barks", 5000, 2000);
  run.push_gap(10000, 0);
  const std::vector<Frame> all = frames(run);
  for (std::size_t index = 0; index < 150; ++index) ck_assert(all[index].bytes == kNothing);
  ck_assert(all[150].bytes == kRollUp2);
  ck_assert(all[151].bytes == kRollUp2);
}
END_TEST

START_TEST(the_second_field_needs_the_format_that_names_it) {
  EncoderRun run;
  run.set("channel", "cc3");
  gst_element_set_state(run.harness->element, GST_STATE_READY);
  gst_element_set_state(run.harness->element, GST_STATE_PLAYING);
  run.begin_stream();
  run.push("a dog", 0, 2000);
  run.push_gap(2000, 0);
  const std::vector<Frame> all = frames(run);
  ck_assert_uint_eq(all[0].bytes.size(), 3);
  ck_assert(all[0].bytes == std::string("\x00\x15\x25", 3));
}
END_TEST

START_TEST(the_first_field_is_named_where_the_format_asks_for_it) {
  EncoderRun run("closedcaption/x-cea-608,format=s334-1a");
  run.push("a dog", 0, 2000);
  run.push_gap(2000, 0);
  const std::vector<Frame> all = frames(run);
  ck_assert(all[0].bytes == "\x80\x94\x25");
}
END_TEST

START_TEST(pop_on_waits_for_what_is_to_come_and_says_so) {
  EncoderRun run;
  run.set("mode", "pop-on");
  gst_element_set_state(run.harness->element, GST_STATE_READY);
  gst_element_set_state(run.harness->element, GST_STATE_PLAYING);
  run.begin_stream();
  run.push_gap(0, 3000);
  const std::size_t sent = frames(run).size();
  ck_assert_uint_eq(sent, 30);  // 90 without the 60 that two full rows may take
  gst_harness_set_upstream_latency(run.harness, 0);
  GstClockTime latency = gst_harness_query_latency(run.harness);
  ck_assert_uint_eq(latency / GST_MSECOND, 2001);
}
END_TEST

START_TEST(fast_frames_leave_pop_on_as_long_to_send) {
  EncoderRun run("closedcaption/x-cea-608,framerate=60000/1001");
  run.set("mode", "pop-on");
  gst_element_set_state(run.harness->element, GST_STATE_READY);
  gst_element_set_state(run.harness->element, GST_STATE_PLAYING);
  run.begin_stream();
  run.push("a dog barks, a siren wails and\nglass breaks behind the window", 3000, 2000);
  run.push_gap(5000, 5000);
  const std::vector<Frame> all = frames(run);
  // End of caption, which shows it, within a pair of its time.
  const auto shown = std::find_if(all.begin(), all.end(),
                                  [](const Frame& frame) { return frame.bytes == "\x94\x2F"; });
  ck_assert(shown != all.end());
  ck_assert_uint_le(shown->start, 3034 * GST_MSECOND);
  gst_harness_set_upstream_latency(run.harness, 0);
  ck_assert_uint_eq(gst_harness_query_latency(run.harness) / GST_MSECOND, 2001);
}
END_TEST

START_TEST(the_end_sends_what_is_left_and_erases_it) {
  EncoderRun run;
  run.push("a dog barks", 1000, 2000);
  GstEvent* end = gst_event_new_eos();
  gst_event_set_seqnum(end, 4711);
  gst_harness_push_event(run.harness, end);
  const std::vector<Frame> all = frames(run);
  ck_assert_uint_eq(all.size(), 92);  // to 3 s, and twice the erasure
  ck_assert(all[90].bytes == "\x94\x2C");
  ck_assert(all[91].bytes == "\x94\x2C");
  const dali::EventHandle last = run.next_event(GST_EVENT_EOS);
  ck_assert(last != nullptr);
  ck_assert_uint_eq(gst_event_get_seqnum(last.get()), 4711);
}
END_TEST

START_TEST(a_flush_sends_nothing_of_what_was_before_it) {
  EncoderRun run;
  run.push("a dog barks", 1000, 2000);
  frames(run);
  gst_harness_push_event(run.harness, gst_event_new_flush_start());
  gst_harness_push_event(run.harness, gst_event_new_flush_stop(TRUE));
  run.push_segment(60000, 0);
  run.push_gap(60000, 5000);
  const std::vector<Frame> all = frames(run);
  ck_assert_uint_eq(all.size(), 149);  // those that begin at 60 s or later
  ck_assert(all[0].start >= 60 * GST_SECOND);
  for (const Frame& frame : all) ck_assert(frame.bytes == kNothing);
}
END_TEST

START_TEST(a_jump_of_the_stream_is_not_filled_with_frames) {
  EncoderRun run;
  run.push_gap(0, 1000);
  run.push_gap(36000000, 1000);  // ten hours on
  ck_assert_uint_le(frames(run).size(), 3700);
}
END_TEST

START_TEST(what_cannot_be_sent_is_posted) {
  EncoderRun run;
  run.push("🐕", 0, 2000);
  GstMessage* message = run.next_message(GST_MESSAGE_ELEMENT);
  ck_assert(message != nullptr);
  const GstStructure* structure = gst_message_get_structure(message);
  ck_assert(gst_structure_has_name(structure, dali::kTextLostName));
  ck_assert_str_eq(gst_structure_get_string(structure, "text"), "🐕");
  gst_message_unref(message);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalicea608enc, nullptr);
  TCase* encoder = tcase_create("dalicea608enc");
  tcase_add_test(encoder, every_frame_of_the_time_that_is_known_has_a_buffer);
  tcase_add_test(encoder, no_more_pairs_are_sent_than_a_field_has);
  tcase_add_test(encoder, a_caption_begins_in_the_frame_of_its_start);
  tcase_add_test(encoder, the_second_field_needs_the_format_that_names_it);
  tcase_add_test(encoder, the_first_field_is_named_where_the_format_asks_for_it);
  tcase_add_test(encoder, pop_on_waits_for_what_is_to_come_and_says_so);
  tcase_add_test(encoder, fast_frames_leave_pop_on_as_long_to_send);
  tcase_add_test(encoder, the_end_sends_what_is_left_and_erases_it);
  tcase_add_test(encoder, a_flush_sends_nothing_of_what_was_before_it);
  tcase_add_test(encoder, a_jump_of_the_stream_is_not_filled_with_frames);
  tcase_add_test(encoder, what_cannot_be_sent_is_posted);
  Suite* suite = suite_create("dalicea608enc");
  suite_add_tcase(suite, encoder);
  return dali::run_suite(suite);
}
