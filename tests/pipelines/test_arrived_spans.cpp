// SPDX-License-Identifier: LGPL-2.1-or-later
// From when to when sources are there, of messages as dalicaptioner posts them: which caption has
// which, and what becomes of them where there is none.

#include "pipelines/caption/arrived_spans.h"

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::ArrivedSpans;
using dali::SourceSpan;
using dali::TimedCaption;

namespace {

// As source_event_structure() makes it; times in seconds of running time.
void add(ArrivedSpans& spans, const char* event, guint64 source, double time_s, double start_s) {
  const auto nanoseconds = [](double seconds) { return static_cast<guint64>(seconds * 1e9); };
  const std::string name = "source " + std::to_string(source);
  const std::unique_ptr<GstStructure, decltype(&gst_structure_free)> message(
      gst_structure_new("DaliSourceEvent", "event", G_TYPE_STRING, event, "source", G_TYPE_UINT64,
                        source, "name", G_TYPE_STRING, name.c_str(), "time", G_TYPE_UINT64,
                        nanoseconds(time_s), "start", G_TYPE_UINT64, nanoseconds(start_s),
                        "confidence", G_TYPE_DOUBLE, 0.25, nullptr),
      gst_structure_free);
  spans.add(message.get());
}

TimedCaption caption_at(double start_s) {
  TimedCaption caption;
  caption.start_s = start_s;
  caption.end_s = start_s + 2.0;
  caption.text = "[something]";
  return caption;
}

void expect_span(const SourceSpan& span, std::uint64_t source, double start_s, double end_s) {
  ck_assert_uint_eq(span.source, source);
  ck_assert_double_eq_tol(span.start_s, start_s, 1e-9);
  ck_assert_double_eq_tol(span.end_s, end_s, 1e-9);
  ck_assert_double_eq(span.confidence, 0.25);
}

}  // namespace

START_TEST(without_a_caption_they_are_all_handed_back_by_start) {
  ArrivedSpans spans;
  ck_assert(spans.is_empty());
  // The medium begins at 100 s and lasts for 30.
  add(spans, "starts", 0, 120.0, 120.0);
  add(spans, "starts", 1, 101.5, 101.5);
  add(spans, "stops", 1, 107.0, 101.5);
  add(spans, "starts", 2, 99.0, 99.0);
  ck_assert(!spans.is_empty());
  std::vector<TimedCaption> captions;
  const std::vector<SourceSpan> left = spans.hand_to(captions, 100.0, 30.0);
  ck_assert(captions.empty());
  ck_assert_uint_eq(left.size(), 3);
  expect_span(left[0], 2, 0.0, 30.0);
  expect_span(left[1], 1, 1.5, 7.0);
  expect_span(left[2], 0, 20.0, 30.0);
}
END_TEST

START_TEST(with_captions_each_has_those_from_its_start_to_the_next_ones) {
  ArrivedSpans spans;
  for (guint64 source = 0; source < 40; ++source) {
    const double start_s = static_cast<double>(source * 7 % 40);
    add(spans, "starts", source, start_s, start_s);
  }
  std::vector<TimedCaption> captions = {caption_at(5.0), caption_at(17.0), caption_at(17.5)};
  ck_assert(spans.hand_to(captions, 0.0, 60.0).empty());
  std::set<std::uint64_t> seen;
  for (std::size_t at = 0; at < captions.size(); ++at) {
    for (const SourceSpan& span : captions[at].spans) {
      ck_assert(seen.insert(span.source).second);
      ck_assert(at == 0 || captions[at].start_s <= span.start_s);
      ck_assert(at + 1 == captions.size() || span.start_s < captions[at + 1].start_s);
    }
  }
  ck_assert_uint_eq(seen.size(), 40);
}
END_TEST

START_TEST(other_messages_are_passed_over) {
  ArrivedSpans spans;
  const std::unique_ptr<GstStructure, decltype(&gst_structure_free)> other(
      gst_structure_new("DaliCaptionHeldBack", "source", G_TYPE_UINT64, guint64{1}, nullptr),
      gst_structure_free);
  spans.add(other.get());
  spans.add(nullptr);
  ck_assert(spans.is_empty());
}
END_TEST

int main() {
  gst_init(nullptr, nullptr);
  Suite* suite = suite_create("arrived spans");
  TCase* spans = tcase_create("spans");
  tcase_add_test(spans, without_a_caption_they_are_all_handed_back_by_start);
  tcase_add_test(spans, with_captions_each_has_those_from_its_start_to_the_next_ones);
  tcase_add_test(spans, other_messages_are_passed_over);
  suite_add_tcase(suite, spans);
  return dali::run_suite(suite);
}
