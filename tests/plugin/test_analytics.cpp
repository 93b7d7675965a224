// SPDX-License-Identifier: LGPL-2.1-or-later
// Captions as GstAnalytics has results: read here as an element for analytics reads them, by that
// library alone.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <cstdio>

#if DALI_HAS_GST_ANALYTICS
#include <gst/analytics/analytics.h>

#include <cmath>
#include <string>
#include <vector>

#include "gst-plugin/caption_classification.h"
#include "gst-plugin/caption_meta.h"
#include "gst-plugin/elements.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

struct Classification {
  std::string label;
  float confidence = 0.0F;
};

std::vector<Classification> classifications_of(GstBuffer* buffer) {
  std::vector<Classification> found;
  GstAnalyticsRelationMeta* results = gst_buffer_get_analytics_relation_meta(buffer);
  if (!results) return found;
  gpointer state = nullptr;
  GstAnalyticsMtd result;
  const GstAnalyticsMtdType type = gst_analytics_cls_mtd_get_mtd_type();
  while (gst_analytics_relation_meta_iterate(results, &state, type, &result)) {
    for (gsize index = 0; index < gst_analytics_cls_mtd_get_length(&result); ++index) {
      found.push_back({.label = g_quark_to_string(gst_analytics_cls_mtd_get_quark(&result, index)),
                       .confidence = gst_analytics_cls_mtd_get_level(&result, index)});
    }
  }
  return found;
}

// Of the fake engine's captions, whose tokens have -0.5 each.
void expect_one(GstBuffer* buffer, const char* label) {
  const auto found = classifications_of(buffer);
  ck_assert_uint_eq(found.size(), 1);
  ck_assert_str_eq(found[0].label.c_str(), label);
  ck_assert(found[0].confidence == static_cast<float>(std::exp(-0.5)));
}

GstBuffer* first_shaped(GstBuffer* caption, GstHarness* harness) {
  gst_harness_set_src_caps_str(harness, "text/x-raw,format=utf8");
  ck_assert_int_eq(gst_harness_push(harness, gst_buffer_ref(caption)), GST_FLOW_OK);
  gst_harness_push_event(harness, gst_event_new_eos());
  return gst_harness_pull(harness);
}

}  // namespace

START_TEST(a_text_buffer_is_classified_as_its_caption) {
  CaptionerRun run(Inputs::kAudio);
  const auto captions = run.captions_of_sound(20000);
  ck_assert_uint_eq(captions.size(), 2);
  for (const auto& caption : captions) {
    auto* buffer = GST_BUFFER_CAST(caption.object.get());
    expect_one(buffer, caption.text.c_str());
    const dali::BufferHandle copy(gst_buffer_copy_deep(buffer));
    expect_one(copy.get(), caption.text.c_str());
  }
}
END_TEST

START_TEST(media_whose_caption_is_known_are_classified_beside_what_a_detector_found) {
  CaptionerRun run(Inputs::kBoth, "interval", "15000");
  gst_harness_set_live(run.audio, TRUE);
  gst_harness_set_live(run.video, TRUE);
  run.open();
  // The pictures stall, so that the window closes before all of them have come.
  run.push_frames(0, 9000);
  run.push_sound(0, 20000);
  const auto captions = run.text_until("caption");
  const std::string text = dali::of_kind(captions, "caption")[0].text;
  dali::BufferHandle picture = dali::frame_buffer(9000, 9100);
  GstAnalyticsRelationMeta* results = gst_buffer_add_analytics_relation_meta(picture.get());
  GstAnalyticsODMtd detected;
  ck_assert(gst_analytics_relation_meta_add_od_mtd(results, g_quark_from_static_string("dog"), 1, 0,
                                                   2, 2, 0.75F, &detected));
  ck_assert_int_eq(gst_harness_push(run.video, picture.release()), GST_FLOW_OK);
  dali::BufferHandle last;
  for (int index = 0; index < 91; ++index) last.reset(gst_harness_pull(run.video));
  expect_one(last.get(), text.c_str());
  results = gst_buffer_get_analytics_relation_meta(last.get());
  ck_assert_uint_eq(gst_analytics_relation_get_length(results), 2);
  gpointer state = nullptr;
  GstAnalyticsMtd kept;
  ck_assert(gst_analytics_relation_meta_iterate(results, &state,
                                                gst_analytics_od_mtd_get_mtd_type(), &kept));
  ck_assert(gst_analytics_od_mtd_get_obj_type(&kept) == g_quark_from_static_string("dog"));
}
END_TEST

START_TEST(attach_meta_off_classifies_nothing) {
  CaptionerRun run(Inputs::kAudio, "attach-meta", "false");
  const auto captions = run.captions_of_sound(10000);
  auto* buffer = GST_BUFFER_CAST(captions[0].object.get());
  ck_assert(gst_buffer_get_analytics_relation_meta(buffer) == nullptr);
}
END_TEST

START_TEST(text_set_in_lines_keeps_its_classification) {
  CaptionerRun run(Inputs::kAudio);
  const auto captions = run.captions_of_sound(10000);
  GstHarness* harness = gst_harness_new("dalitextshape");
  const dali::BufferHandle shaped(first_shaped(GST_BUFFER_CAST(captions[0].object.get()), harness));
  ck_assert(shaped != nullptr);
  expect_one(shaped.get(), captions[0].text.c_str());
  gst_harness_teardown(harness);
}
END_TEST

START_TEST(converters_and_encoders_keep_the_classification) {
  const char* const lines[] = {"videoconvert ! capsfilter caps=video/x-raw,format=RGB",
                               "videoscale ! capsfilter caps=video/x-raw,width=32,height=24",
                               "x264enc tune=zerolatency", "jpegenc"};
  dali::Decision caption;
  caption.text = "a dog barks";
  caption.mean_log_probability = -0.5;
  const dali::StructureHandle structure = dali::caption_structure(caption);
  for (const char* line : lines) {
    GstHarness* harness = gst_harness_new_parse(line);
    ck_assert_msg(harness && harness->element, "%s", line);
    gst_harness_set_src_caps_str(harness,
                                 "video/x-raw,format=I420,width=64,height=48,framerate=25/1");
    GstBuffer* picture = gst_buffer_new_allocate(nullptr, 64 * 48 * 3 / 2, nullptr);
    gst_buffer_memset(picture, 0, 0x40, 64 * 48 * 3 / 2);
    GST_BUFFER_PTS(picture) = 0;
    GST_BUFFER_DURATION(picture) = GST_SECOND / 25;
    dali::add_caption_classification(picture, structure.get());
    ck_assert_int_eq(gst_harness_push(harness, picture), GST_FLOW_OK);
    gst_harness_push_event(harness, gst_event_new_eos());
    const dali::BufferHandle out(gst_harness_pull(harness));
    ck_assert_msg(out != nullptr, "%s", line);
    const auto found = classifications_of(out.get());
    ck_assert_msg(found.size() == 1 && found[0].label == "a dog barks", "%s", line);
    gst_harness_teardown(harness);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* analytics = tcase_create("analytics");
  tcase_add_test(analytics, a_text_buffer_is_classified_as_its_caption);
  tcase_add_test(analytics,
                 media_whose_caption_is_known_are_classified_beside_what_a_detector_found);
  tcase_add_test(analytics, attach_meta_off_classifies_nothing);
  tcase_add_test(analytics, text_set_in_lines_keeps_its_classification);
  tcase_add_test(analytics, converters_and_encoders_keep_the_classification);
  Suite* suite = suite_create("analytics");
  suite_add_tcase(suite, analytics);
  return dali::run_suite(suite);
}
#else
int main() {
  std::puts("skipped: GStreamer's analytics library is not here; it came with GStreamer 1.24");
  return 77;
}
#endif
