// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/evaluation_report.h"
#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/references.h"
#include "training/evaluate/retrieval.h"
#include "training/evaluate/toyworld_metrics.h"

namespace dali {
namespace {

using Texts = std::vector<std::string>;

Clip clip_named(const std::string& id, const std::string& media = "") {
  Clip clip;
  clip.id = id;
  clip.media = media;
  return clip;
}

START_TEST(audiocaps_names_a_clip_by_its_video_and_start) {
  const TemporaryDirectory folder;
  write_file(folder / "test.csv",
             "audiocap_id,youtube_id,start_time,caption\n"
             "1,abc-_1,30,A dog barks\n2,xyz,0,\"Rain, falling\"\n3,abc-_1,30,Barking\n");
  const auto references = References::read_csv(folder / "test.csv");
  ck_assert_uint_eq(references.caption_count(), 3);
  ck_assert_uint_eq(references.clip_count(), 2);
  for (const char* id : {"abc-_1", "Yabc-_1", "abc-_1_30", "Yabc-_1_30"}) {
    ck_assert(references.of(clip_named(id)) == Texts({"A dog barks", "Barking"}));
  }
  ck_assert(references.of(clip_named("anything", "media/xyz.mp4")) == Texts({"Rain, falling"}));
  ck_assert(references.of(clip_named("unknown")).empty());
}
END_TEST

START_TEST(clotho_names_a_clip_by_its_file) {
  const TemporaryDirectory folder;
  write_file(folder / "clotho.csv",
             "file_name,caption_1,caption_2\nDoor slam.wav,A door slams,Slam\n");
  const auto references = References::read_csv(folder / "clotho.csv");
  ck_assert(references.of(clip_named("Door slam")) == Texts({"A door slams", "Slam"}));
  ck_assert(references.of(clip_named("Door slam.wav")) == Texts({"A door slams", "Slam"}));
}
END_TEST

// As data sets are stored: with other extensions, and with starts written otherwise.
START_TEST(names_may_differ_in_extension_and_in_how_the_start_is_written) {
  const TemporaryDirectory folder;
  write_file(folder / "audiocaps.csv",
             "\xEF\xBB\xBFyoutube_id,start_time,caption\r\nabc_1,40,One\r\nabc_1,7.50,\"Two\"\r\n"
             "xyz,0,  \r\n");
  const auto references = References::read_csv(folder / "audiocaps.csv");
  for (const char* id : {"abc_1_40", "abc_1_40.000", "Yabc_1_40.0.wav", "abc_1_40.flac"}) {
    ck_assert_msg(references.of(clip_named(id)) == Texts({"One"}), "%s", id);
  }
  ck_assert(references.of(clip_named("abc_1_7.5")) == Texts({"Two"}));
  ck_assert(references.of(clip_named("x", "media/abc_1_40.000.mp4")) == Texts({"One"}));
  // Two stretches of one video: its name alone says of neither.
  ck_assert(references.of(clip_named("abc_1")).empty());
  ck_assert_uint_eq(references.clip_count(), 3);
  ck_assert_uint_eq(references.caption_count(), 2);
  ck_assert_uint_eq(references.empty_count(), 1);

  write_file(folder / "clotho.csv",
             "file_name,caption_1\nrain.wav,Rain\nDr. Who.wav,Talk\ndog.wav,One\ndog.flac,Two\n");
  const auto clotho = References::read_csv(folder / "clotho.csv");
  ck_assert(clotho.of(clip_named("rain.flac")) == Texts({"Rain"}));
  ck_assert(clotho.of(clip_named("Dr. Who")) == Texts({"Talk"}));
  ck_assert(clotho.of(clip_named("Dr")).empty());
  ck_assert(clotho.of(clip_named("dog.flac")) == Texts({"Two"}));
  ck_assert(clotho.of(clip_named("dog")).empty());
}
END_TEST

START_TEST(another_csv_is_refused) {
  const TemporaryDirectory folder;
  write_file(folder / "other.csv", "name,text\na,b\n");
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { References::read_csv(folder / "other.csv"); }),
      "other.csv");
}
END_TEST

// Two clips that share a caption: the second one loses it, the third loses all it has.
CaptionedClips three_clips() {
  CaptionedClips captioned{.clips = {clip_named("a"), clip_named("b"), clip_named("c")},
                           .captions = {"a dog barks", "rain falls", "a dog"}};
  captioned.clips[0].audio_captions = {"a dog barks", "barking"};
  captioned.clips[1].audio_captions = {"a dog barks", "rain falls"};
  captioned.clips[2].audio_captions = {"barking"};
  return captioned;
}

START_TEST(both_protocols_are_named_and_say_what_they_scored) {
  const auto captioned = three_clips();
  const auto scores = score_by_protocol(captioned, References::of_clips(captioned.clips));
  ck_assert_uint_eq(scores.size(), 2);
  ck_assert_str_eq(scores[0].protocol.c_str(), "all references");
  ck_assert_uint_eq(scores[0].reference_count, 5);
  ck_assert(scores[0].clip_ids == Texts({"a", "b", "c"}));
  ck_assert_str_eq(scores[1].protocol.c_str(), "duplicates dropped");
  ck_assert_uint_eq(scores[1].reference_count, 3);
  ck_assert(scores[1].clip_ids == Texts({"a", "b"}));
  ck_assert_double_eq_tol(scores[1].scores.at("rouge_l"), 1.0, 1e-12);
  ck_assert_uint_eq(to_json(scores[1]).at("ids").size(), 2);
}
END_TEST

START_TEST(the_export_has_a_column_for_each_reference) {
  auto captioned = three_clips();
  captioned.clips[2].audio_captions.clear();
  const auto table = aac_metrics_table(captioned, References::of_clips(captioned.clips));
  ck_assert(table.columns == Texts({"id", "caption_predicted", "caption_1", "caption_2"}));
  ck_assert_uint_eq(table.rows.size(), 2);
  ck_assert(table.rows[1] == Texts({"b", "rain falls", "a dog barks", "rain falls"}));
}
END_TEST

// One unseen bell, named; a dog beside a house, of which the caption makes a cat beside a tree.
START_TEST(sounds_that_are_not_seen_and_things_that_only_show_are_counted_apart) {
  const TemporaryDirectory folder;
  write_file(folder / "classes.json",
             R"({"dog": ["dog"], "cat": ["cat"], "bell": ["bell"], "house": ["house"],)"
             R"( "tree": ["tree"]})");
  CaptionedClips captioned{.clips = {clip_named("a"), clip_named("b"), clip_named("c")},
                           .captions = {"a bell rings", "a cat and a tree", "two houses"}};
  captioned.clips[0].sounds = captioned.clips[0].unseen = {"bell"};
  captioned.clips[1].sounds = {"dog"};
  captioned.clips[1].shows = {"house"};
  captioned.clips[2].sounds = {"dog", "cat"};
  captioned.clips[2].shows = {"house", "tree"};
  // One that is silent counts as neither one sound nor several, and is right to name none.
  captioned.clips.push_back(clip_named("d"));
  captioned.captions.emplace_back("nothing");
  captioned.clips[3].shows = {"tree"};
  write_manifest(folder / "manifest.jsonl", captioned.clips);

  const References references = References::of_clips(captioned.clips);
  EvaluationReport report(references, ToyWorldClasses::of_manifest(folder / "manifest.jsonl"),
                          {"model"});
  const auto scores = report.add("model", "audio", captioned);
  ck_assert_int_eq(scores.at("single").at("clips").get<int>(), 2);
  ck_assert_double_eq(scores.at("single").at("right").get<double>(), 0.5);
  ck_assert_int_eq(scores.at("unseen").at("clips").get<int>(), 1);
  ck_assert_double_eq(scores.at("unseen").at("right").get<double>(), 1.0);
  ck_assert_int_eq(scores.at("several").at("clips").get<int>(), 1);
  ck_assert_double_eq(scores.at("several").at("named").get<double>(), 0.0);
  ck_assert_int_eq(scores.at("none").at("clips").get<int>(), 1);
  ck_assert_double_eq(scores.at("none").at("right").get<double>(), 1.0);
  const auto& bias = scores.at("image_bias");
  ck_assert_double_eq_tol(bias.at("naming").get<double>(), 2.0 / 4, 1e-12);
  ck_assert_double_eq_tol(bias.at("inventing").get<double>(), 1.0 / 4, 1e-12);
}
END_TEST

START_TEST(retrieval_ranks_the_right_candidate) {
  // Query 2 finds candidate 0 nearer than its own.
  const auto queries = at::tensor({1.0, 0.0, 0.0, 1.0, 1.0, 0.1}).view({3, 2});
  const auto candidates = at::tensor({2.0, 0.0, 0.0, 3.0, 0.5, 0.5}).view({3, 2});
  const auto scores = retrieval_scores(queries, candidates);
  ck_assert_double_eq_tol(scores.at("recall_at_1"), 2.0 / 3, 1e-12);
  ck_assert_double_eq(scores.at("recall_at_5"), 1.0);
  ck_assert_double_eq(scores.at("median_rank"), 1.0);
}
END_TEST

START_TEST(equal_features_are_found_as_often_as_by_chance) {
  const auto scores = retrieval_scores(at::ones({20, 3}), at::ones({20, 3}));
  ck_assert_double_eq_tol(scores.at("recall_at_1"), 0.05, 1e-12);
  ck_assert_double_eq_tol(scores.at("recall_at_10"), 0.5, 1e-12);
  ck_assert_double_eq(scores.at("median_rank"), 10.5);
}
END_TEST

START_TEST(features_that_are_not_finite_are_found_last) {
  const auto all = retrieval_scores(at::full({20, 3}, NAN), at::ones({20, 3}));
  ck_assert_double_eq(all.at("recall_at_10"), 0.0);
  ck_assert_double_eq(all.at("median_rank"), 20.0);
  // Of 11 that find themselves, one does not any more, and is in nobody's way.
  auto queries = at::eye(11);
  queries[4][0] = INFINITY;
  const auto one = retrieval_scores(queries, at::eye(11));
  ck_assert_double_eq_tol(one.at("recall_at_10"), 10.0 / 11, 1e-12);
  ck_assert_double_eq(one.at("median_rank"), 1.0);
}
END_TEST

START_TEST(help_explains_every_figure) {
  const std::string help = help_of_metrics();
  const auto expect_explained = [&](const Metric& metric) {
    const char* const end = metric.better == Better::kNeither ? "\n" : "; ";
    const std::string line = std::string(metric.key) + ": " + metric.meaning + end;
    ck_assert_msg(help.find(line) != std::string::npos, "%s", metric.key);
  };
  for (const CaptionMetric& metric : caption_metrics()) expect_explained(metric.about);
  for (const RetrievalMetric& metric : retrieval_metrics()) expect_explained(metric.about);
  for (const ToyWorldMetrics& group : toyworld_metrics()) {
    for (const ToyWorldMetric& metric : group.metrics) expect_explained(metric.about);
  }
}
END_TEST

Suite* evaluation_suite() {
  Suite* suite = suite_create("evaluation");
  TCase* references = tcase_create("references");
  tcase_add_test(references, audiocaps_names_a_clip_by_its_video_and_start);
  tcase_add_test(references, clotho_names_a_clip_by_its_file);
  tcase_add_test(references, names_may_differ_in_extension_and_in_how_the_start_is_written);
  tcase_add_test(references, another_csv_is_refused);
  tcase_add_test(references, both_protocols_are_named_and_say_what_they_scored);
  tcase_add_test(references, the_export_has_a_column_for_each_reference);
  suite_add_tcase(suite, references);
  TCase* toyworld = tcase_create("toyworld");
  tcase_add_test(toyworld, sounds_that_are_not_seen_and_things_that_only_show_are_counted_apart);
  suite_add_tcase(suite, toyworld);
  TCase* help = tcase_create("help");
  tcase_add_test(help, help_explains_every_figure);
  suite_add_tcase(suite, help);
  TCase* retrieval = tcase_create("retrieval");
  tcase_add_test(retrieval, retrieval_ranks_the_right_candidate);
  tcase_add_test(retrieval, equal_features_are_found_as_often_as_by_chance);
  tcase_add_test(retrieval, features_that_are_not_finite_are_found_last);
  suite_add_tcase(suite, retrieval);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::evaluation_suite());
}
