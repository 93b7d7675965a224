// SPDX-License-Identifier: LGPL-2.1-or-later
// dalitranscriber as transcriberbin of gst-plugins-rs treats what it is given as its transcriber.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <memory>

#include "gst-plugin/captioner/gstdalitranscriber.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/check_suite.h"

namespace {

std::shared_ptr<dali::FakeEngine> quick_engine() {
  auto engine = std::make_shared<dali::FakeEngine>();
  engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
    return {.text = "a siren", .mean_log_probability = -0.5, .token_count = 2};
  });
  return engine;
}

GstElement* new_transcriber() {
  dali::use_engine(quick_engine());
  GstElement* transcriber = gst_element_factory_make("dalitranscriber", nullptr);
  gst_object_ref_sink(transcriber);
  return transcriber;
}

bool has_property(GstElement* element, const char* name, GType type) {
  const GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  return property && property->value_type == type;
}

GstClockTime latency_of(GstElement* transcriber) {
  g_autoptr(GstPad) source = gst_element_get_static_pad(transcriber, "src");
  const dali::QueryHandle query(gst_query_new_latency());
  ck_assert(gst_pad_query(source, query.get()));
  GstClockTime shortest = 0;
  gst_query_parse_latency(query.get(), nullptr, &shortest, nullptr);
  return shortest;
}

}  // namespace

START_TEST(it_has_the_pads_and_properties_that_are_looked_for) {
  GstElement* transcriber = new_transcriber();
  for (const char* name : {"sink", "src"}) {
    g_autoptr(GstPad) pad = gst_element_get_static_pad(transcriber, name);
    ck_assert_msg(pad != nullptr, "%s", name);
  }
  ck_assert(has_property(transcriber, "latency", G_TYPE_UINT));
  ck_assert(has_property(transcriber, "lateness", G_TYPE_UINT));
  ck_assert(has_property(transcriber, "language-code", G_TYPE_STRING));
  gst_object_unref(transcriber);
}
END_TEST

// It is asked before it stands in a pipeline, with a live source that never starts.
START_TEST(its_latency_can_be_asked_before_anything_flows) {
  GstElement* transcriber = new_transcriber();
  g_object_set(transcriber, "window", 2000, "latency", 4000, "lateness", 500, nullptr);
  GstElement* source = gst_element_factory_make("fakesrc", nullptr);
  gst_object_ref_sink(source);
  g_object_set(source, "is-live", TRUE, nullptr);
  ck_assert(gst_element_link(source, transcriber));
  gst_element_set_state(transcriber, GST_STATE_PAUSED);
  ck_assert_uint_eq(latency_of(transcriber), 5500 * GST_MSECOND);
  gst_element_unlink(source, transcriber);
  gst_element_set_state(transcriber, GST_STATE_NULL);
  gst_object_unref(source);
  gst_object_unref(transcriber);
}
END_TEST

START_TEST(it_turns_a_live_channel_s_sound_into_text_in_its_language) {
  dali::use_engine(quick_engine());
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(
      "audiotestsrc is-live=true ! audioconvert ! queue ! dalitranscriber name=transcriber "
      "window=1000 latency=1000 language-code=fr ! fakesink name=text sync=true",
      &error);
  ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
  g_autoptr(GstElement) text = gst_bin_get_by_name(GST_BIN(pipeline), "text");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  for (int messages = 0; messages < 1000; ++messages) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR));
    ck_assert_msg(message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT, "no caption");
    const bool is_caption = gst_message_has_name(message, "DaliCaptionMeta");
    gst_message_unref(message);
    if (is_caption) break;
  }
  g_autoptr(GstPad) sink = gst_element_get_static_pad(text, "sink");
  GstEvent* tags = gst_pad_get_sticky_event(sink, GST_EVENT_TAG, 0);
  ck_assert(tags != nullptr);
  GstTagList* list = nullptr;
  gst_event_parse_tag(tags, &list);
  g_autofree gchar* code = nullptr;
  ck_assert(gst_tag_list_get_string(list, GST_TAG_LANGUAGE_CODE, &code));
  ck_assert_str_eq(code, "fr");
  gst_event_unref(tags);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalitranscriber, nullptr);
  TCase* conventions = tcase_create("conventions");
  tcase_add_test(conventions, it_has_the_pads_and_properties_that_are_looked_for);
  tcase_add_test(conventions, its_latency_can_be_asked_before_anything_flows);
  tcase_add_test(conventions, it_turns_a_live_channel_s_sound_into_text_in_its_language);
  Suite* suite = suite_create("transcriber");
  suite_add_tcase(suite, conventions);
  return dali::run_suite(suite);
}
