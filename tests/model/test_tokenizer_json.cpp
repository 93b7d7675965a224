// SPDX-License-Identifier: LGPL-2.1-or-later
// Sentencepiece's models written as tokenizer.json, as transformers converts them, and read back:
// the same ids for every text. Linked with sentencepiece, and so without LibTorch.
#include "import/tokenizer_json.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "model/language/tokenizer.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/trained_tokenizer.h"

namespace dali {
namespace {

using nlohmann::json;
using sentencepiece::SentencePieceProcessor;

const std::vector<std::string> kSentences = {
    "A dog barks and birds chirp in the background.",
    "An emergency vehicle drives by with its siren wailing, and then a horn honks.",
    "Rain falls on a tin roof while thunder rumbles; the wind howls.",
    "Müller hört Öfen über 12,345.67 Straßen – \"ça va\"?",
    "tick tock tick tock tick tock, the the the sound sound of of a a clock",
    "ASSISTANT: USER: Describe the sound that can be heard in this scene."};

std::string trained_model() {
  return trained_tokenizer(
      kSentences,
      {{"vocab_size", "420"}, {"remove_extra_whitespaces", "false"}, {"byte_fallback", "true"}});
}

std::string model_of_llama() {  // empty: there is none
  const char* chosen = std::getenv("DALI_LLAMA_TOKENIZER");
  const std::filesystem::path file = chosen != nullptr && *chosen != '\0' ? chosen
                                                                          : DALI_SOURCE_ROOT
                                         "/../shared/media/llama-tokenizer.model";
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    std::printf("not tested: no tokenizer at %s (DALI_LLAMA_TOKENIZER names another)\n",
                file.c_str());
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

enum class Layout { kOfLlama2, kSince20 };  // of the library tokenizers

// As the converter of transformers does it: of each piece all pairs that make it, best piece first.
json tokenizer_json(const SentencePieceProcessor& model, Layout layout) {
  json vocabulary = json::object();
  std::vector<std::tuple<float, std::string, std::string>> pairs;
  for (int id = 0; id < model.GetPieceSize(); ++id) {
    const std::string& piece = model.IdToPiece(id);
    vocabulary[piece] = id;
    if (model.IsByte(id) || model.IsControl(id) || model.IsUnknown(id)) continue;
    for (std::size_t cut = 1; cut < piece.size(); ++cut) {
      const std::string left = piece.substr(0, cut);
      const std::string right = piece.substr(cut);
      const auto is_piece = [&](const std::string& part) {
        return !model.IsUnknown(model.PieceToId(part));
      };
      if (is_piece(left) && is_piece(right)) pairs.emplace_back(-model.GetScore(id), left, right);
    }
  }
  std::ranges::stable_sort(pairs, {}, [](const auto& pair) { return std::get<0>(pair); });
  json merges = json::array();
  for (const auto& [score, left, right] : pairs) {
    merges.push_back(layout == Layout::kOfLlama2 ? json(left + " " + right)
                                                 : json::array({left, right}));
  }
  json added = json::array();
  for (int id = 0; id < 3; ++id) {
    added.push_back({{"id", id}, {"content", model.IdToPiece(id)}, {"special", true}});
  }
  added.push_back({{"id", model.GetPieceSize()}, {"content", "<image>"}, {"special", true}});
  json document = {{"version", "1.0"},
                   {"added_tokens", added},
                   {"normalizer", nullptr},
                   {"pre_tokenizer", nullptr},
                   {"model",
                    {{"type", "BPE"},
                     {"dropout", nullptr},
                     {"unk_token", "<unk>"},
                     {"fuse_unk", true},
                     {"byte_fallback", true},
                     {"vocab", vocabulary},
                     {"merges", merges}}}};
  if (layout == Layout::kOfLlama2) {
    document["normalizer"] = {
        {"type", "Sequence"},
        {"normalizers",
         {{{"type", "Prepend"}, {"prepend", "\u2581"}},
          {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}}}}};
  } else {
    document["pre_tokenizer"] = {{"type", "Metaspace"},
                                 {"replacement", "\u2581"},
                                 {"prepend_scheme", "first"},
                                 {"split", false}};
  }
  return document;
}

std::string random_text(std::mt19937& generator) {
  static const std::string parts[] = {
      "dog",  "barks",  "the", "sound", "tick", "siren", "wailing", "XYZ",    "\n",
      "\t",   " ",      "  ",  "   ",   ".",    ", ",    "12",      "s",      "ing",
      "USER", "\u2581", "ü",   "日本",  "🐶",    "é",     "Ж",       "<0x0A>", "\xff",
      "\xc3", "</s>",   "<s>", "in a ", "st",   "er",    "th",      "e",      "o"};
  std::string text;
  for (std::size_t count = generator() % 14; count > 0; --count) {
    text += parts[generator() % std::size(parts)];
    if (generator() % 2 == 0) text += ' ';
  }
  return text;
}

void expect_same_ids(const std::string& model, Layout layout) {
  const TemporaryDirectory directory;
  write_file(directory / "first.model", model);
  SentencePieceProcessor reference;
  ck_assert(reference.LoadFromSerializedProto(model).ok());
  write_file(directory / "second.model",
             sentencepiece_model_of(tokenizer_json(reference, layout), "tokenizer.json"));
  const Tokenizer first(directory / "first.model");
  const Tokenizer second(directory / "second.model");
  ck_assert_int_eq(second.vocabulary_size(), first.vocabulary_size());
  ck_assert(second.bos_id() == first.bos_id() && second.eos_id() == first.eos_id() &&
            second.unknown_id() == first.unknown_id());
  std::vector<std::string> texts = kSentences;
  std::mt19937 generator(5);
  for (int round = 0; round < 5000; ++round) texts.push_back(random_text(generator));
  for (const std::string& text : texts) {
    const auto ids = first.encode(text);
    ck_assert_msg(second.encode(text) == ids, "'%s'", text.c_str());
    ck_assert_msg(second.decode_unstripped(ids) == first.decode_unstripped(ids), "'%s'",
                  text.c_str());
  }
}

START_TEST(every_text_gets_the_same_ids) {
  const std::string model = trained_model();
  expect_same_ids(model, Layout::kOfLlama2);
  expect_same_ids(model, Layout::kSince20);
}
END_TEST

START_TEST(every_text_gets_the_same_ids_of_llama) {
  const std::string model = model_of_llama();
  if (model.empty()) return;
  expect_same_ids(model, Layout::kOfLlama2);
  expect_same_ids(model, Layout::kSince20);
}
END_TEST

START_TEST(other_tokenizers_are_refused_in_a_line) {
  SentencePieceProcessor reference;
  ck_assert(reference.LoadFromSerializedProto(trained_model()).ok());
  const json good = tokenizer_json(reference, Layout::kOfLlama2);
  const struct {
    const char* patch;  // RFC 7396
    const char* words;
  } rows[] = {
      // Llama 3, GPT-2
      {R"({"normalizer": null, "pre_tokenizer": {"type": "ByteLevel"}})",
       "has a pre_tokenizer of type 'ByteLevel', which is not sentencepiece's"},
      {R"({"normalizer": null, "pre_tokenizer": {"type": "Sequence", "pretokenizers":
           [{"type": "Split"}, {"type": "ByteLevel"}]}})",
       "has a pre_tokenizer of type 'Split'"},
      {R"({"model": {"byte_fallback": false}})", "has no fallback to bytes"},
      {R"({"model": {"type": "Unigram"}})", "is of type 'Unigram'"},
      {R"({"model": {"type": "WordPiece"}})", "is of type 'WordPiece'"},
      {R"({"normalizer": {"type": "NFC"}})", "has a normalizer of type 'NFC'"},
      {R"({"normalizer": {"type": "Prepend", "prepend": "x"}})", "has a normalizer '{"},
      {R"({"normalizer": null})", "does not say how spaces are spelled"},
      {R"({"model": {"continuing_subword_prefix": "##"}})", "has a continuing_subword_prefix"},
      // malformed
      {R"({"model": null})", "has no object \"model\""},
      {R"({"model": {"vocab": null}})", "has no object \"vocab\""},
      {R"({"model": {"vocab": {"<unk>": 7}}})", "ids are not 0, 1, 2"},
      {R"({"model": {"vocab": {"<unk>": "none"}}})", "has the id '\"none\"'"},
      {R"({"model": {"vocab": {"<0x0A>": null}}})", "ids are not 0, 1, 2"},
      {R"({"model": {"unk_token": "nothing"}})", "has no unknown token"},
      {R"({"model": {"merges": null}})", "has no list \"merges\""},
      {R"({"model": {"merges": ["ab"]}})", "merge '\"ab\"' is not of two tokens to a third"},
      {R"({"model": {"merges": [["a", 1]]}})", "is not of two tokens to a third"},
      {R"({"added_tokens": 1})", "\"added_tokens\" is no list"},
  };
  for (const auto& row : rows) {
    json document = good;
    document.merge_patch(json::parse(row.patch));
    const std::string error =
        error_message_of<std::runtime_error>([&] { sentencepiece_model_of(document, "x.json"); });
    expect_one_line_with(error, "x.json: ");
    expect_one_line_with(error, row.words);
  }
  for (const char* text : {"[]", "1", "null", "{}"}) {
    expect_one_line_with(error_message_of<std::runtime_error>(
                             [&] { sentencepiece_model_of(json::parse(text), "x.json"); }),
                         "x.json: ");
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("tokenizer-json");
  TCase* ids = tcase_create("ids");
  tcase_add_test(ids, every_text_gets_the_same_ids);
  tcase_add_test(ids, every_text_gets_the_same_ids_of_llama);
  suite_add_tcase(suite, ids);
  TCase* refusals = tcase_create("refusals");
  tcase_add_test(refusals, other_tokenizers_are_refused_in_a_line);
  suite_add_tcase(suite, refusals);
  return run_suite(suite);
}
