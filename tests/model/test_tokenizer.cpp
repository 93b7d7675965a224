// SPDX-License-Identifier: LGPL-2.1-or-later
// Linked with sentencepiece, which trains small models here and says what they should encode, and
// without LibTorch: no process can link both (model/language/sentencepiece_module.h says why).
#include "model/language/tokenizer.h"

#include <sentencepiece_processor.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "model/language/prompt.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/trained_tokenizer.h"

namespace dali {
namespace {

using Ids = std::vector<std::int64_t>;

const std::vector<std::string> kSentences = {
    "A dog barks and birds chirp in the background.",
    "An emergency vehicle drives by with its siren wailing, and then a horn honks.",
    "Rain falls on a tin roof while thunder rumbles; the wind howls.",
    "ASSISTANT: USER: Describe the sound that can be heard in this scene.",
    "Müller hört Öfen über 12,345.67 Straßen – \"ça va\"?",
    "tick tock tick tock tick tock, the the the sound sound of of a a clock"};

// What the models of the test differ in.
struct TrainedModel {
  const char* name;
  const char* byte_fallback;
  const char* removes_extra_spaces;
  const char* user_defined_symbols;
};
constexpr TrainedModel kModels[] = {{"bytes", "true", "false", ""},
                                    {"unknown", "false", "false", ""},
                                    {"spaces", "true", "true", ""},
                                    {"symbols", "true", "false", "tick,tock tick,bark"}};
constexpr int kModelCount = static_cast<int>(std::size(kModels));

// Main's, not a static one, whose end in the first of Check's children would remove the files.
const TemporaryDirectory* model_directory = nullptr;

std::filesystem::path model_file(const TrainedModel& model) {
  return *model_directory / (std::string(model.name) + ".model");
}

// With at most 400 pieces.
void train(const TrainedModel& model) {
  write_file(
      model_file(model),
      trained_tokenizer(kSentences, {{"vocab_size", "400"},
                                     {"byte_fallback", model.byte_fallback},
                                     {"remove_extra_whitespaces", model.removes_extra_spaces},
                                     {"user_defined_symbols", model.user_defined_symbols}}));
}

void expect_text(const std::string& actual, const std::string& expected) {
  ck_assert_str_eq(actual.c_str(), expected.c_str());
}

// Words of the training text and others, spaces, marks, foreign letters and broken bytes.
std::string random_text(std::mt19937& generator) {
  static const std::string ascii[] = {"dog", "barks", "the", "sound", "tick",  "tock", "honk",
                                      "XYZ", "\n",    "\t",  " ",     "  ",    "   ",  ".",
                                      ", ",  "12",    "s",   "ing",   "<0x0A>"};
  static const std::string others[] = {"\u2581", "ü", "日本", "🐶", "é",
                                       // cut off, a surrogate, beyond the last, overlong
                                       "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80", "\xc0\xaf"};
  std::string text;
  const std::size_t count = generator() % 12;
  for (std::size_t index = 0; index < count; ++index) {
    const bool is_ascii = generator() % 3 != 0;
    text +=
        is_ascii ? ascii[generator() % std::size(ascii)] : others[generator() % std::size(others)];
    if (generator() % 2 == 0) text += ' ';
  }
  return text;
}

START_TEST(text_becomes_the_ids_that_sentencepiece_gives) {
  const TrainedModel& model = kModels[_i];
  const Tokenizer tokenizer(model_file(model));
  sentencepiece::SentencePieceProcessor reference;
  ck_assert(reference.Load(model_file(model).string()).ok());
  std::mt19937 generator(7);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(generator);
    std::vector<int> expected;
    ck_assert(reference.Encode(text, &expected).ok());
    ck_assert_msg(tokenizer.encode(text) == Ids(expected.begin(), expected.end()), "%s: '%s'",
                  model.name, text.c_str());
  }
}
END_TEST

START_TEST(ids_become_the_text_that_sentencepiece_gives) {
  const TrainedModel& model = kModels[_i];
  const Tokenizer tokenizer(model_file(model));
  sentencepiece::SentencePieceProcessor reference;
  ck_assert(reference.Load(model_file(model).string()).ok());
  std::mt19937 generator(11);
  for (int round = 0; round < 3000; ++round) {
    Ids ids;
    std::vector<std::string> pieces;
    const std::size_t count = generator() % 10;
    for (std::size_t index = 0; index < count; ++index) {
      ids.push_back(generator() % static_cast<unsigned>(tokenizer.vocabulary_size()));
      const bool is_special = ids.back() == tokenizer.bos_id() ||
                              ids.back() == tokenizer.eos_id() ||
                              ids.back() == tokenizer.unknown_id();
      if (!is_special) pieces.push_back(reference.IdToPiece(static_cast<int>(ids.back())));
    }
    // transformers takes a space off the first piece before sentencepiece sees it.
    if (!pieces.empty() && pieces.front().starts_with("\u2581")) pieces.front().erase(0, 3);
    std::string expected;
    ck_assert(reference.Decode(pieces, &expected).ok());
    expect_text(tokenizer.decode_unstripped(ids), expected);
  }
}
END_TEST

START_TEST(text_comes_back_from_its_ids) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  for (const std::string text :
       {"A dog barks.", "unseen Wörter: 日本 🐶", "two  spaces", "a\nb\tc"}) {
    expect_text(tokenizer.decode(tokenizer.encode_with_bos(text)), text);
  }
  expect_text(tokenizer.decode({}), "");
  expect_text(tokenizer.decode(tokenizer.encode("  a dog \n")), "a dog");
}
END_TEST

START_TEST(special_tokens_are_read_in_text_and_left_out_of_it) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  Ids expected = tokenizer.encode("dog");
  expected.push_back(tokenizer.eos_id());
  const Ids rest = tokenizer.encode(" barks");
  expected.insert(expected.end(), rest.begin(), rest.end());
  expected.push_back(tokenizer.unknown_id());
  ck_assert(tokenizer.encode("dog</s> barks<unk>") == expected);
  ck_assert(tokenizer.encode("<s>") == Ids{tokenizer.bos_id()});
  expect_text(tokenizer.decode(tokenizer.encode("<s>a dog</s>")), "a dog");
}
END_TEST

START_TEST(an_id_outside_the_vocabulary_is_refused) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  for (const std::int64_t id : {std::int64_t{-1}, kImageToken, std::int64_t{100000}}) {
    expect_one_line_with(error_message_of<std::out_of_range>([&] { tokenizer.decode(Ids{id}); }),
                         std::to_string(id));
  }
}
END_TEST

START_TEST(a_damaged_file_is_named_in_one_line) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "tokenizer.model";
  const auto load_error = [&] {
    return error_message_of<std::runtime_error>([&] { Tokenizer{file}; });
  };
  expect_one_line_with(load_error(), file.string());
  std::ifstream stream(model_file(kModels[0]), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(stream), {}};
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{100}, whole.size() / 2}) {
    write_file(file, whole.substr(0, size));
    expect_one_line_with(load_error(), file.string());
  }
  for (const std::string text : {"{\"json\": true}", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                                 "\x0a\x05\x0a\x01"
                                 "a\x15\x00"}) {
    write_file(file, text);
    expect_one_line_with(load_error(), file.string());
  }
}
END_TEST

START_TEST(a_flipped_byte_never_crashes) {
  const TemporaryDirectory directory;
  std::ifstream stream(model_file(kModels[0]), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(stream), {}};
  std::mt19937 generator(static_cast<unsigned>(_i));
  for (int round = 0; round < 200; ++round) {
    std::string damaged = whole;
    damaged[generator() % damaged.size()] = static_cast<char>(generator());
    write_file(directory / "tokenizer.model", damaged);
    try {
      const Tokenizer tokenizer(directory / "tokenizer.model");
      tokenizer.decode_unstripped(tokenizer.encode("A dog barks. 🐶"));
    } catch (const std::runtime_error&) {  // as good as a model that loads
    }
  }
}
END_TEST

START_TEST(a_prompt_is_encoded_in_parts_around_the_image) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  Ids expected = tokenizer.encode_with_bos("USER: ");
  expected.push_back(kImageToken);
  const Ids rest = tokenizer.encode("\nDescribe ASSISTANT:");
  expected.insert(expected.end(), rest.begin(), rest.end());
  ck_assert(encode_prompt(tokenizer, "USER: <image>\nDescribe ASSISTANT:") == expected);
  ck_assert(encode_prompt(tokenizer, "<image><image>") ==
            (Ids{tokenizer.bos_id(), kImageToken, kImageToken}));
  ck_assert(encode_prompt(tokenizer, "") == Ids{tokenizer.bos_id()});
}
END_TEST

START_TEST(the_question_stands_in_the_conversation) {
  PromptConfig config;
  config.conversation = "USER: <image>\n{question} ASSISTANT:";
  expect_text(conversation_text(config, "What {question}?"),
              "USER: <image>\nWhat {question}? ASSISTANT:");
}
END_TEST

START_TEST(only_caption_and_end_token_are_learned) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  const std::string prompt = "USER: <image>\nDescribe. ASSISTANT:";
  for (const std::string caption : {"A dog barks.", " ", "  leading", "ends\n", "日本"}) {
    const TrainingExample example = training_example(tokenizer, prompt, caption);
    const Ids prompt_ids = encode_prompt(tokenizer, prompt);
    ck_assert_uint_eq(example.ids.size(), example.labels.size());
    ck_assert_int_eq(example.ids.back(), tokenizer.eos_id());
    for (std::size_t index = 0; index < example.ids.size(); ++index) {
      const bool is_learned = index >= prompt_ids.size();
      ck_assert_int_eq(example.labels[index], is_learned ? example.ids[index] : kIgnoredLabel);
      if (!is_learned) ck_assert_int_eq(example.ids[index], prompt_ids[index]);
    }
  }
}
END_TEST

// The reference writes neither the space nor the end token after "ASSISTANT:", does not find the
// words that part question and answer then, and masks all.
START_TEST(an_empty_caption_is_the_prompt_alone_and_nothing_is_learned) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  const std::string prompt = "USER: <image>\nDescribe. ASSISTANT:";
  const TrainingExample example = training_example(tokenizer, prompt, "");
  ck_assert(example.ids == encode_prompt(tokenizer, prompt));
  ck_assert(example.labels == Ids(example.ids.size(), kIgnoredLabel));
}
END_TEST

START_TEST(nothing_is_learned_from_a_caption_of_several_turns) {
  const Tokenizer tokenizer(model_file(kModels[0]));
  for (const std::string caption : {"A dog</s> barks", "A dog USER: hm ASSISTANT: barks"}) {
    const TrainingExample example = training_example(tokenizer, "USER: hm ASSISTANT:", caption);
    for (const std::int64_t label : example.labels) ck_assert_int_eq(label, kIgnoredLabel);
  }
}
END_TEST

START_TEST(the_default_prompt_has_55_ids_with_the_tokenizer_of_llama) {
  const char* chosen = std::getenv("DALI_LLAMA_TOKENIZER");
  const std::filesystem::path file = chosen != nullptr && *chosen != '\0' ? chosen
                                                                          : DALI_SOURCE_ROOT
                                         "/../shared/media/llama-tokenizer.model";
  if (!std::filesystem::exists(file)) {
    std::printf("not tested: no tokenizer at %s (DALI_LLAMA_TOKENIZER names another)\n",
                file.c_str());
    return;
  }
  const Tokenizer tokenizer(file);
  const PromptConfig config;
  const Ids ids = encode_prompt(tokenizer, conversation_text(config, config.question));
  ck_assert_uint_eq(ids.size(), 55);
  ck_assert_int_eq(ids[35], kImageToken);
}
END_TEST

Suite* tokenizer_suite() {
  Suite* suite = suite_create("tokenizer");
  TCase* ids = tcase_create("ids");
  tcase_add_loop_test(ids, text_becomes_the_ids_that_sentencepiece_gives, 0, kModelCount);
  tcase_add_loop_test(ids, ids_become_the_text_that_sentencepiece_gives, 0, kModelCount);
  tcase_add_test(ids, text_comes_back_from_its_ids);
  tcase_add_test(ids, special_tokens_are_read_in_text_and_left_out_of_it);
  tcase_add_test(ids, an_id_outside_the_vocabulary_is_refused);
  suite_add_tcase(suite, ids);
  TCase* files = tcase_create("files");
  tcase_add_test(files, a_damaged_file_is_named_in_one_line);
  tcase_add_loop_test(files, a_flipped_byte_never_crashes, 0, 3);
  suite_add_tcase(suite, files);
  TCase* prompts = tcase_create("prompts");
  tcase_add_test(prompts, a_prompt_is_encoded_in_parts_around_the_image);
  tcase_add_test(prompts, the_question_stands_in_the_conversation);
  tcase_add_test(prompts, only_caption_and_end_token_are_learned);
  tcase_add_test(prompts, an_empty_caption_is_the_prompt_alone_and_nothing_is_learned);
  tcase_add_test(prompts, nothing_is_learned_from_a_caption_of_several_turns);
  tcase_add_test(prompts, the_default_prompt_has_55_ids_with_the_tokenizer_of_llama);
  suite_add_tcase(suite, prompts);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  const dali::TemporaryDirectory directory;
  dali::model_directory = &directory;
  for (const dali::TrainedModel& model : dali::kModels) dali::train(model);
  return dali::run_suite(dali::tokenizer_suite());
}
