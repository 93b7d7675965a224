// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands around the metrics: intervals, diversity, tables for others' tools and back.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "training/evaluate/bootstrap.h"
#include "training/evaluate/caption_diversity.h"
#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/caption_scores.h"
#include "training/evaluate/external_scores.h"
#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/score_tables.h"

namespace {

using namespace dali;
using nlohmann::json;
using Texts = std::vector<std::string>;

double mean_of(std::span<const std::size_t> drawn, const std::vector<double>& items) {
  double sum = 0.0;
  for (const std::size_t item : drawn) sum += items[item];
  return sum / static_cast<double>(drawn.size());
}

// Of items that are 0 or 1 the mean of a sample is binomial, whose percentiles are known.
START_TEST(an_interval_of_shares_is_that_of_the_binomial_distribution) {
  constexpr std::size_t kItems = 100;
  std::vector<double> items(kItems);
  std::fill_n(items.begin(), 30, 1.0);
  const auto interval = bootstrap_interval(kItems, {.samples = 20000, .seed = 3},
                                           [&](auto drawn) { return mean_of(drawn, items); });
  double below = 0.0;
  double low = -1.0;
  double high = -1.0;
  for (int count = 0; count <= 100; ++count) {
    below += std::exp(std::lgamma(101.0) - std::lgamma(count + 1.0) - std::lgamma(101.0 - count) +
                      count * std::log(0.3) + (100.0 - count) * std::log(0.7));
    if (low < 0.0 && below >= 0.025) low = count / 100.0;
    if (high < 0.0 && below >= 0.975) high = count / 100.0;
  }
  ck_assert_double_eq_tol(interval.low, low, 0.0101);
  ck_assert_double_eq_tol(interval.high, high, 0.0101);
}
END_TEST

START_TEST(a_seed_gives_the_same_interval_and_another_one_its_own) {
  std::vector<double> items;
  for (int i = 0; i < 50; ++i) items.push_back(std::sin(i));
  const auto interval_of = [&](std::uint64_t seed) {
    return bootstrap_interval(items.size(), {.samples = 200, .seed = seed},
                              [&](auto drawn) { return mean_of(drawn, items); });
  };
  ck_assert_double_eq(interval_of(7).low, interval_of(7).low);
  ck_assert_double_eq(interval_of(7).high, interval_of(7).high);
  ck_assert_double_ne(interval_of(7).low, interval_of(8).low);
  // Of the first samples that are drawn: these must not change from machine to machine.
  std::vector<std::size_t> first;
  bootstrap_interval(10, {.samples = 1, .seed = 1}, [&](auto drawn) {
    first.assign(drawn.begin(), drawn.end());
    return 0.0;
  });
  std::mt19937_64 generator(1);
  for (const std::size_t item : first) ck_assert_uint_eq(item, generator() % 10);
}
END_TEST

std::vector<CaptionPair> pairs() {
  return {caption_pair("a dog barks loudly", {"a dog barks", "a loud dog"}),
          caption_pair("rain falls", {"rain falls on a roof", "it rains"}),
          caption_pair("a man speaks and a dog barks", {"a man speaks", "a dog barks at a man"}),
          caption_pair("a bell", {"a bell rings in the distance"})};
}

// A sample's score is what the metric computes of the items in it, drawn one by one.
START_TEST(a_samples_score_is_that_of_its_items) {
  const auto items = pairs();
  const std::vector<std::size_t> drawn = {2, 0, 0, 3};
  for (const CaptionMetric& metric : caption_metrics()) {
    const MetricScores whole = metric.score(items);
    double expected = 0.0;
    if (std::string(metric.about.key).starts_with("bleu")) {
      std::vector<CaptionPair> sample;
      for (const std::size_t item : drawn) sample.push_back(items[item]);
      expected = metric.score(sample).corpus;
    } else {
      for (const std::size_t item : drawn) expected += whole.items[item] / 4.0;
    }
    ck_assert_double_eq_tol(whole.of_sample(drawn), expected, 1e-12);
    const std::vector<std::size_t> all = {0, 1, 2, 3};
    ck_assert_double_eq_tol(whole.of_sample(all), whole.corpus, 1e-12);
  }
}
END_TEST

START_TEST(every_metric_lies_in_its_interval) {
  const auto scores = score_captions(pairs(), {.samples = 500, .seed = 1});
  ck_assert_uint_eq(scores.intervals.size(), caption_metrics().size());
  for (const auto& [key, interval] : scores.intervals) {
    ck_assert_msg(interval.low <= scores.corpus.at(key), "%s", key.c_str());
    ck_assert_msg(interval.high >= scores.corpus.at(key), "%s", key.c_str());
    ck_assert_msg(interval.low < interval.high, "%s", key.c_str());
  }
  ck_assert(score_captions(pairs()).intervals.empty());
}
END_TEST

// By hand: 9 words of 6 kinds, 6 phrases of two words of 4 kinds; two captions of three are alike.
START_TEST(diversity_is_what_can_be_counted_by_hand) {
  const Texts captions = {"A dog barks.", "rain falls on", "a dog barks"};
  Scores scores = diversity_scores(captions);
  ck_assert_double_eq(scores.at("vocabulary"), 6.0);
  ck_assert_double_eq_tol(scores.at("distinct_1"), 6.0 / 9.0, 1e-12);
  ck_assert_double_eq_tol(scores.at("distinct_2"), 4.0 / 6.0, 1e-12);
  ck_assert_double_eq_tol(scores.at("repeated"), 2.0 / 3.0, 1e-12);
  ck_assert_double_eq_tol(scores.at("mean_words"), 3.0, 1e-12);
  scores = diversity_scores(Texts{"", "rain"});
  ck_assert_double_eq(scores.at("distinct_2"), 0.0);
  ck_assert_double_eq(scores.at("repeated"), 0.0);
  ck_assert_double_eq(scores.at("mean_words"), 0.5);
  error_message_of<std::invalid_argument>([] { diversity_scores({}); });
}
END_TEST

// Against a slow count of the same, over made-up captions.
START_TEST(diversity_is_that_of_a_slow_count) {
  std::mt19937_64 generator(static_cast<std::uint64_t>(_i));
  std::vector<Texts> captions(30);
  Texts sentences;
  for (Texts& caption : captions) {
    for (auto words = generator() % 5; words > 0; --words) {
      caption.push_back(std::string(1, static_cast<char>('b' + generator() % 4)));
    }
    std::string sentence;
    for (const std::string& word : caption) sentence += word + " ";
    sentences.push_back(sentence);
  }
  std::vector<std::pair<std::string, std::string>> phrases;
  double different = 0.0;
  double repeated = 0.0;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    for (std::size_t word = 0; word + 1 < captions[i].size(); ++word) {
      const std::pair phrase(captions[i][word], captions[i][word + 1]);
      if (std::ranges::find(phrases, phrase) == phrases.end()) ++different;
      phrases.push_back(phrase);
    }
    bool has_double = false;
    for (std::size_t other = 0; other < captions.size(); ++other) {
      has_double = has_double || (other != i && captions[other] == captions[i]);
    }
    if (has_double) ++repeated;
  }
  const Scores scores = diversity_scores(sentences);
  const auto total = static_cast<double>(phrases.size());
  ck_assert_double_eq_tol(scores.at("distinct_2"), different / total, 1e-12);
  ck_assert_double_eq_tol(scores.at("repeated"), repeated / 30.0, 1e-12);
}
END_TEST

CaptionedClips captioned() {
  CaptionedClips captioned{.clips = std::vector<Clip>(3),
                           .captions = {"a dog\nbarks", "rain, falls", "a bell"}};
  captioned.clips[0].id = "a";
  captioned.clips[0].audio_captions = {"a dog \"barks\"", "a dog"};
  captioned.clips[1].id = "b";
  captioned.clips[1].audio_captions = {"a dog", "größer", "it\train\\s"};
  captioned.clips[2].id = "c";
  captioned.clips[2].audio_captions = {"a dog"};
  return captioned;
}

START_TEST(an_export_has_lists_where_clips_differ_in_their_references) {
  const auto made = captioned();
  const auto table = aac_metrics_table(made, References::of_clips(made.clips));
  ck_assert(table.columns == Texts({"id", "caption_predicted", "captions"}));
  ck_assert(table.rows[0] == Texts({"a", "a dog barks", R"(["a dog \"barks\"","a dog"])"}));
  ck_assert(table.rows[1] == Texts({"b", "rain, falls", R"(["a dog","größer","it rain\\s"])"}));
}
END_TEST

// Brackets would be taken for a list, and a sixth column not for a reference.
START_TEST(an_export_has_lists_where_columns_would_be_misread) {
  CaptionedClips made{.clips = std::vector<Clip>(1), .captions = {"music"}};
  made.clips[0].id = "a";
  made.clips[0].audio_captions = {"[music]", "a tune"};
  auto table = aac_metrics_table(made, References::of_clips(made.clips));
  ck_assert(table.rows[0] == Texts({"a", "music", R"(["[music]","a tune"])"}));
  made.clips[0].audio_captions = {"1", "2", "3", "4", "5", "6"};
  table = aac_metrics_table(made, References::of_clips(made.clips));
  ck_assert(table.rows[0] == Texts({"a", "music", R"(["1","2","3","4","5","6"])"}));
}
END_TEST

START_TEST(each_protocol_is_exported_to_a_file_of_its_own) {
  const TemporaryDirectory folder;
  const auto made = captioned();
  const auto exported =
      export_by_protocol(made, References::of_clips(made.clips), folder.path(), "m-audio");
  ck_assert_uint_eq(exported.size(), 2);
  ck_assert_str_eq(exported[0].protocol.c_str(), "all references");
  ck_assert_str_eq(exported[0].file.c_str(), "m-audio-all-references.csv");
  ck_assert_str_eq(exported[1].file.c_str(), "m-audio-duplicates-dropped.csv");
  ck_assert_uint_eq(read_csv(folder / exported[0].file).rows.size(), 3);
  // The third clip has nothing left.
  const CsvFile dropped = read_csv(folder / exported[1].file);
  ck_assert_uint_eq(dropped.rows.size(), 2);
  ck_assert(dropped.columns == Texts({"id", "caption_predicted", "caption_1", "caption_2"}));
  ck_assert(dropped.rows[1] == Texts({"b", "rain, falls", "größer", "it rain\\s"}));
}
END_TEST

json evaluated() {
  return json::parse(R"({"m": {"audio": {
    "all references": {"bleu_1": 0.5, "clips": 3, "references": 6, "exported": "x-all.csv",
                       "intervals": {"bleu_1": [0.4, 0.6]}},
    "duplicates dropped": {"bleu_1": 0.4, "clips": 2, "references": 4, "exported": "x-dropped.csv"},
    "diversity": {"vocabulary": 17, "clips": 3}, "clips": {"listed": 3}},
    "retrieval": {"ids": ["a"], "sound to picture": {"recall_at_1": 0.1}}}})");
}

START_TEST(scores_of_others_come_back_into_the_table) {
  const TemporaryDirectory folder;
  write_file(folder / "x-all.yaml",
             "bleu_1: 0.50000012\nmeteor: 0.25\nspider: 1.5e-01\nfense: .nan\nvocab.cands: 17.0\n");
  json scores = evaluated();
  const auto merged = add_external_scores(scores, folder.path());
  ck_assert_uint_eq(merged.tables, 2);
  ck_assert_uint_eq(merged.scored, 1);
  const json& all = scores["m"]["audio"]["all references"];
  ck_assert_double_eq(all.at("meteor").get<double>(), 0.25);
  ck_assert_double_eq(all.at("vocab.cands").get<double>(), 17.0);
  ck_assert_double_eq(all.at("bleu_1").get<double>(), 0.5);  // ours, in double precision
  ck_assert(!scores["m"]["audio"]["duplicates dropped"].contains("meteor"));

  ScoreTables tables;
  tables.add("m, audio", scores["m"]["audio"]);
  const std::string text = tables.text(10);
  for (const char* part : {"METEOR", "SPIDEr", "0.2500", "0.1500", "95 %: from", "0.4000", "17"}) {
    ck_assert_msg(contains(text, part), "no %s in\n%s", part, text.c_str());
  }
  ck_assert(!contains(text, "MACE"));
  // Lines of a table are as long as their head.
  std::set<std::size_t> widths;
  for (std::size_t begin = 0; begin < text.find("\n\n");) {
    const auto end = text.find('\n', begin);
    widths.insert(end - begin);
    begin = end + 1;
  }
  ck_assert_uint_eq(widths.size(), 1);
}
END_TEST

START_TEST(a_json_of_scores_is_read_as_well) {
  const TemporaryDirectory folder;
  write_file(folder / "x-dropped.json", R"({"meteor": 0.125, "spice": 0.1})");
  json scores = evaluated();
  ck_assert_uint_eq(add_external_scores(scores, folder.path()).scored, 1);
  const json& dropped = scores["m"]["audio"]["duplicates dropped"];
  ck_assert_double_eq(dropped.at("meteor").get<double>(), 0.125);
}
END_TEST

START_TEST(scores_that_cannot_be_of_the_table_are_refused) {
  const TemporaryDirectory folder;
  const auto refusal_of = [&](const char* content) {
    write_file(folder / "x-all.yaml", content);
    json scores = evaluated();
    const auto message =
        error_message_of<std::runtime_error>([&] { add_external_scores(scores, folder.path()); });
    expect_one_line_with(message, "x-all.yaml: ");
    return message;
  };
  expect_one_line_with(refusal_of("bleu_1: 0.7\n"), "has BLEU-1 0.7000 where");
  expect_one_line_with(refusal_of("meteor: 0.1\nscores of a run\n"), "line 2 is not");
  expect_one_line_with(refusal_of("meteor: much\n"), "line 1 is not");
  expect_one_line_with(refusal_of("\n"), "holds no scores");
  expect_one_line_with(refusal_of("{\"meteor\": [1]}"), "\"meteor\" is no number");
  expect_one_line_with(refusal_of("{\"meteor\": "), "parse error");
}
END_TEST

Suite* score_tables_suite() {
  Suite* suite = suite_create("score tables");
  TCase* intervals = tcase_create("intervals");
  tcase_set_timeout(intervals, 60);
  tcase_add_test(intervals, an_interval_of_shares_is_that_of_the_binomial_distribution);
  tcase_add_test(intervals, a_seed_gives_the_same_interval_and_another_one_its_own);
  tcase_add_test(intervals, a_samples_score_is_that_of_its_items);
  tcase_add_test(intervals, every_metric_lies_in_its_interval);
  suite_add_tcase(suite, intervals);
  TCase* diversity = tcase_create("diversity");
  tcase_add_test(diversity, diversity_is_what_can_be_counted_by_hand);
  tcase_add_loop_test(diversity, diversity_is_that_of_a_slow_count, 0, 5);
  suite_add_tcase(suite, diversity);
  TCase* tables = tcase_create("tables");
  tcase_add_test(tables, an_export_has_lists_where_clips_differ_in_their_references);
  tcase_add_test(tables, an_export_has_lists_where_columns_would_be_misread);
  tcase_add_test(tables, each_protocol_is_exported_to_a_file_of_its_own);
  tcase_add_test(tables, scores_of_others_come_back_into_the_table);
  tcase_add_test(tables, a_json_of_scores_is_read_as_well);
  tcase_add_test(tables, scores_that_cannot_be_of_the_table_are_refused);
  suite_add_tcase(suite, tables);
  return suite;
}

}  // namespace

int main() {
  return run_suite(score_tables_suite());
}
