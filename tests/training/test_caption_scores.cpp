// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "media/clips/csv_file.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/caption_scores.h"
#include "training/evaluate/caption_words.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr double kRounding = 1e-12;

// $DALI_CAPTIONS_DIR, else the folder beside the project: captions that others published, which the
// project may not carry.
fs::path published_captions() {
  const char* chosen = std::getenv("DALI_CAPTIONS_DIR");
  return chosen != nullptr && *chosen != '\0' ? fs::path(chosen)
                                              : fs::path(DALI_SOURCE_ROOT "/../shared/captions");
}

// False, with the reason printed, when a file that the test wants is not there.
bool is_there(const fs::path& file) {
  if (fs::exists(file)) return true;
  std::printf("skipped: no %s\n", file.c_str());
  return false;
}

nlohmann::json read_json(const fs::path& file) {
  std::ifstream stream(file);
  return nlohmann::json::parse(stream);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

struct WordCase {
  const char* caption;
  const char* words;
};

constexpr WordCase kWordCases[] = {
    {"A dog barks, twice.", "a dog barks twice"},
    {"It isn't raining; they'll've stopped", "it is n't raining they 'll 've stopped"},
    {"(far away) [noise]", "-lrb- far away -rrb- -lsb- noise -rsb-"},
    {"\"Stop!\" he says", "stop he says"},
    {"at 6:30 p.m. 1,000 people, 50% of them", "at 6:30 p.m. 1,000 people 50 % of them"},
    {"Mr. Smith cannot hear N. Jones.", "mr. smith can not hear n. jones"},
    {"ÉCOLE… don’t", "école… do n't"},
    {"a b\xff", "a b\xEF\xBF\xBD"},
    {"a\xC2\x85next\xE2\x80\xA8line", "a next line"},
    {"wait...what -- no", "wait what no"},
    {"", ""},
    {" .,;: ", ""},
};

START_TEST(captions_become_the_words_that_metrics_compare) {
  const WordCase& row = kWordCases[_i];
  const std::string words = joined(caption_words(row.caption));
  ck_assert_str_eq(words.c_str(), row.words);
}
END_TEST

START_TEST(words_are_those_of_the_published_tokenizer) {
  const fs::path file = published_captions() / "ptb_tokeniser_vectors.json";
  if (!is_there(file)) return;
  const auto cases = read_json(file);
  ck_assert_uint_gt(cases.size(), 0);
  for (const auto& vector : cases) {
    const auto caption = vector.at("text").get<std::string>();
    const auto expected = vector.at("clean").get<std::string>();
    const auto found = joined(caption_words(caption));
    ck_assert_msg(found == expected, "\"%s\": \"%s\" instead of \"%s\"", caption.c_str(),
                  found.c_str(), expected.c_str());
  }
}
END_TEST

void expect_scores(const nlohmann::json& expected, const Scores& found, const std::string& what) {
  const auto expect_close = [&](const char* name, double value, double wanted) {
    ck_assert_msg(std::abs(value - wanted) <= kRounding, "%s: %s is %.17g instead of %.17g",
                  what.c_str(), name, value, wanted);
  };
  for (const int words : {1, 2, 3, 4}) {
    const std::string name = "bleu_" + std::to_string(words);
    expect_close(name.c_str(), found.at(name),
                 expected.contains("bleu") ? expected.at("bleu").at(words - 1).get<double>()
                                           : expected.at(name).get<double>());
  }
  for (const char* name : {"rouge_l", "cider_d"}) {
    expect_close(name, found.at(name), expected.at(name).get<double>());
  }
}

// A file with a corpus, the scores of all of it and those of each item.
void expect_corpus(const fs::path& file) {
  const auto corpus = read_json(file);
  std::vector<CaptionPair> items;
  for (const auto& item : corpus.at("items")) {
    items.push_back(caption_pair(item.at("candidate"), item.at("references")));
  }
  const auto scores = score_captions(items);
  expect_scores(corpus.at("corpus"), scores.corpus, file.string());
  for (std::size_t i = 0; i < items.size(); ++i) {
    expect_scores(corpus.at("items").at(i), scores.items[i],
                  file.string() + ", item " + std::to_string(i));
  }
}

START_TEST(scores_are_those_of_the_reference_implementation) {
  expect_corpus(DALI_SOURCE_ROOT "/tests/training/data/caption_scores.json");
}
END_TEST

START_TEST(scores_are_those_of_the_published_example) {
  const fs::path file = published_captions() / "aac_metrics_readme_example.json";
  if (is_there(file)) expect_corpus(file);
}
END_TEST

// "caption_predicted,caption_1..5" and the scores of the whole file.
START_TEST(scores_are_those_of_published_captions) {
  const std::string name = "example_" + std::to_string(_i);
  const fs::path csv = published_captions() / "aac-metrics" / (name + ".csv");
  const fs::path expected = published_captions() / "aac-metrics" / (name + "_expected.json");
  if (!is_there(csv) || !is_there(expected)) return;
  const CsvFile table = read_csv(csv);
  std::vector<CaptionPair> items;
  for (const auto& row : table.rows) {
    std::vector<std::string> references;
    for (int number = 1; number <= 5; ++number) {
      const auto& reference = row[table.column("caption_" + std::to_string(number))];
      if (!reference.empty()) references.push_back(reference);
    }
    items.push_back(caption_pair(row[table.column("caption_predicted")], references));
  }
  const auto json = read_json(expected);
  ck_assert_uint_eq(items.size(), json.at("n").get<std::size_t>());
  expect_scores(json.at("corpus"), score_captions(items).corpus, csv.string());
}
END_TEST

START_TEST(a_caption_that_is_a_reference_is_as_good_as_can_be) {
  const std::vector<CaptionPair> items = {
      caption_pair("a dog barks in the rain", {"a dog barks in the rain"}),
      caption_pair("someone plays an old piano", {"someone plays an old piano"}),
  };
  const auto scores = score_captions(items).corpus;
  ck_assert_double_eq_tol(scores.at("bleu_4"), 1.0, 1e-6);
  ck_assert_double_eq_tol(scores.at("rouge_l"), 1.0, kRounding);
  ck_assert_double_eq_tol(scores.at("cider_d"), 10.0, kRounding);
}
END_TEST

START_TEST(an_empty_caption_scores_nothing) {
  const std::vector<CaptionPair> items = {caption_pair("", {"a dog barks"}),
                                          caption_pair("...", {"rain falls"})};
  const auto scores = score_captions(items).corpus;
  ck_assert_double_lt(scores.at("bleu_1"), 1e-6);
  ck_assert_double_eq(scores.at("rouge_l"), 0.0);
  ck_assert_double_eq(scores.at("cider_d"), 0.0);
}
END_TEST

START_TEST(every_metric_of_the_table_scores_the_corpus_and_each_item) {
  const std::vector<CaptionPair> items = {caption_pair("a dog barks", {"a dog barks loudly"}),
                                          caption_pair("rain", {"rain falls"})};
  const auto scores = score_captions(items);
  ck_assert_uint_eq(scores.corpus.size(), caption_metrics().size());
  for (const CaptionMetric& metric : caption_metrics()) {
    ck_assert_msg(scores.corpus.contains(metric.about.key), "%s", metric.about.key);
    for (const Scores& of_item : scores.items) {
      ck_assert_msg(of_item.contains(metric.about.key), "%s", metric.about.key);
    }
  }
}
END_TEST

START_TEST(nothing_to_score_and_nothing_to_compare_with_are_refused) {
  expect_one_line_with(error_message_of<std::invalid_argument>([] { score_captions({}); }),
                       "no captions");
  const std::vector<CaptionPair> items = {caption_pair("a dog", {})};
  expect_one_line_with(error_message_of<std::invalid_argument>([&] { score_captions(items); }),
                       "no references");
}
END_TEST

Suite* caption_scores_suite() {
  Suite* suite = suite_create("caption scores");
  TCase* words = tcase_create("words");
  tcase_add_loop_test(words, captions_become_the_words_that_metrics_compare, 0,
                      static_cast<int>(std::size(kWordCases)));
  tcase_add_test(words, words_are_those_of_the_published_tokenizer);
  suite_add_tcase(suite, words);
  TCase* scores = tcase_create("scores");
  tcase_add_test(scores, scores_are_those_of_the_reference_implementation);
  tcase_add_test(scores, scores_are_those_of_the_published_example);
  tcase_add_loop_test(scores, scores_are_those_of_published_captions, 1, 3);
  tcase_add_test(scores, a_caption_that_is_a_reference_is_as_good_as_can_be);
  tcase_add_test(scores, an_empty_caption_scores_nothing);
  tcase_add_test(scores, every_metric_of_the_table_scores_the_corpus_and_each_item);
  tcase_add_test(scores, nothing_to_score_and_nothing_to_compare_with_are_refused);
  suite_add_tcase(suite, scores);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::caption_scores_suite());
}
