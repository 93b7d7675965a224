// SPDX-License-Identifier: LGPL-2.1-or-later
// Tokenizer, prompt and training example against transformers' LlamaTokenizer (legacy) and LLaVA.
// The tokenizer itself is not part of the fixtures: $DALI_LLAMA_TOKENIZER names it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "tests/golden/golden_check.h"

namespace dali::golden {
namespace {

std::filesystem::path tokenizer_file() {
  const char* chosen = std::getenv("DALI_LLAMA_TOKENIZER");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return DALI_SOURCE_ROOT "/../shared/media/llama-tokenizer.model";
}

// The i-th list lies between offsets i and i + 1 of the tensor.
template <typename List, typename Element>
std::vector<List> lists_of(const Fixture& fixture, const std::string& name,
                           const std::string& offsets_name) {
  const at::Tensor elements = fixture.tensor(name).contiguous();
  const at::Tensor offsets = fixture.tensor(offsets_name).contiguous();
  std::vector<List> lists;
  for (std::int64_t index = 0; index + 1 < offsets.numel(); ++index) {
    const auto* first = elements.data_ptr<Element>();
    lists.emplace_back(first + offsets.data_ptr<std::int64_t>()[index],
                       first + offsets.data_ptr<std::int64_t>()[index + 1]);
  }
  return lists;
}

std::vector<std::string> texts_of(const Fixture& fixture, const std::string& name) {
  return lists_of<std::string, std::uint8_t>(fixture, name + "_utf8", name + "_offsets");
}

std::vector<std::vector<std::int64_t>> ids_of(const Fixture& fixture, const std::string& name,
                                              const std::string& offsets_name) {
  return lists_of<std::vector<std::int64_t>, std::int64_t>(fixture, name, offsets_name);
}

void expect_ids(CheckResult& result, const Fixture& fixture, const std::string& tensor_name,
                const std::vector<std::int64_t>& actual) {
  const at::Tensor expected = fixture.tensor(tensor_name).contiguous();
  const std::span ids(expected.data_ptr<std::int64_t>(),
                      static_cast<std::size_t>(expected.numel()));
  result.expect(std::ranges::equal(ids, actual), tensor_name + " are the ids");
}

// What every check of this file has in common: without a tokenizer it is skipped.
template <typename Check>
CheckResult with_tokenizer(Check&& check) {
  CheckResult result;
  const std::filesystem::path file = tokenizer_file();
  if (!std::filesystem::exists(file)) {
    result.skip("no tokenizer at " + file.string() + " (DALI_LLAMA_TOKENIZER names another)");
    return result;
  }
  check(Tokenizer(file), result);
  return result;
}

CheckResult check_texts(const Fixture& fixture) {
  return with_tokenizer([&](const Tokenizer& tokenizer, CheckResult& result) {
    result.expect(tokenizer.vocabulary_size() == fixture.config().at("vocab"), "vocabulary size");
    result.expect(tokenizer.bos_id() == fixture.config().at("bos"), "begin token");
    result.expect(tokenizer.eos_id() == fixture.config().at("eos"), "end token");
    result.expect(tokenizer.unknown_id() == fixture.config().at("unk"), "unknown token");

    const auto texts = texts_of(fixture, "text");
    const auto ids = ids_of(fixture, "ids_legacy", "ids_legacy_offsets");
    const auto decoded = texts_of(fixture, "decode_skip_legacy");
    for (std::size_t index = 0; index < texts.size(); ++index) {
      result.expect(tokenizer.encode_with_bos(texts[index]) == ids[index],
                    "ids of the text \"" + texts[index] + "\"");
      result.expect(tokenizer.decode_unstripped(ids[index]) == decoded[index],
                    "text of the ids of \"" + texts[index] + "\"");
    }
    if (!fixture.has("dec.ids")) return;
    const auto more_ids = ids_of(fixture, "dec.ids", "dec.ids_offsets");
    const auto more_texts = texts_of(fixture, "dec.decode_skip_legacy");
    for (std::size_t index = 0; index < more_ids.size(); ++index) {
      result.expect(tokenizer.decode_unstripped(more_ids[index]) == more_texts[index],
                    "text \"" + more_texts[index] + "\" of ids");
    }
  });
}

const GoldenCheck kTexts(
    "tokenizer",
    [](const Fixture& fixture) {
      return fixture.group() == "5_tokenizer" && fixture.has("decode_skip_legacy_utf8");
    },
    check_texts);

CheckResult check_prompts(const Fixture& fixture) {
  return with_tokenizer([&](const Tokenizer& tokenizer, CheckResult& result) {
    const auto texts = texts_of(fixture, "text");
    const auto ids = ids_of(fixture, "ids_legacy", "ids_legacy_offsets");
    for (std::size_t index = 0; index < texts.size(); ++index) {
      result.expect(encode_prompt(tokenizer, texts[index]) == ids[index],
                    "ids of the prompt \"" + texts[index] + "\"");
    }
    const std::string prompt = fixture.config().at("prompt");
    expect_ids(result, fixture, "prompt_ids", encode_prompt(tokenizer, prompt));
    if (fixture.has("prompt_ids_v1_training_template")) {
      const std::string training_prompt = fixture.config().at("prompt_training");
      expect_ids(result, fixture, "prompt_ids_v1_training_template",
                 encode_prompt(tokenizer, training_prompt));
    }
    const std::string placeholder = "<image>";
    const std::size_t place = prompt.find(placeholder);
    if (place == std::string::npos || !fixture.has("prompt_chunk0_ids")) return;
    expect_ids(result, fixture, "prompt_chunk0_ids",
               tokenizer.encode_with_bos(prompt.substr(0, place)));
    expect_ids(result, fixture, "prompt_chunk1_ids",
               tokenizer.encode_with_bos(prompt.substr(place + placeholder.size())));
  });
}

const GoldenCheck kPrompts(
    "prompt",
    [](const Fixture& fixture) {
      return fixture.group() == "5_tokenizer" && fixture.has("prompt_ids");
    },
    check_prompts);

CheckResult check_conversations(const Fixture& fixture) {
  return with_tokenizer([&](const Tokenizer& tokenizer, CheckResult& result) {
    const std::string prompt =
        "A chat between a curious user and an artificial intelligence assistant. The assistant "
        "gives helpful, detailed, and polite answers to the user's questions. USER: " +
        fixture.config().at("human").get<std::string>() + " ASSISTANT:";
    const auto captions = texts_of(fixture, "caption");
    const auto ids = ids_of(fixture, "input_ids_legacy", "offsets_legacy");
    const auto labels = ids_of(fixture, "labels_legacy", "offsets_legacy");
    for (std::size_t index = 0; index < captions.size(); ++index) {
      const TrainingExample example = training_example(tokenizer, prompt, captions[index]);
      result.expect(example.ids == ids[index], "ids with the caption \"" + captions[index] + "\"");
      result.expect(example.labels == labels[index],
                    "labels of the caption \"" + captions[index] + "\"");
    }
  });
}

const GoldenCheck kConversations(
    "training conversation",
    [](const Fixture& fixture) {
      return fixture.group() == "5_tokenizer" && fixture.has("labels_legacy");
    },
    check_conversations);

}  // namespace
}  // namespace dali::golden
