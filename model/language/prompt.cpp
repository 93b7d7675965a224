// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/prompt.h"

#include <algorithm>
#include <stdexcept>

namespace dali {
namespace {

constexpr std::string_view kImagePlaceholder = "<image>";
constexpr std::string_view kQuestionPlaceholder = "{question}";

}  // namespace

std::string conversation_text(const PromptConfig& config, std::string_view question) {
  std::string text = config.conversation;
  const std::size_t place = text.find(kQuestionPlaceholder);
  if (place != std::string::npos) text.replace(place, kQuestionPlaceholder.size(), question);
  return text;
}

std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int64_t> ids = {tokenizer.bos_id()};
  while (true) {
    const std::size_t part_end = text.find(kImagePlaceholder);
    const std::vector<std::int64_t> part_ids = tokenizer.encode(text.substr(0, part_end));
    ids.insert(ids.end(), part_ids.begin(), part_ids.end());
    if (part_end == std::string_view::npos) return ids;
    ids.push_back(kImageToken);
    text.remove_prefix(part_end + kImagePlaceholder.size());
  }
}

TrainingExample training_example(const Tokenizer& tokenizer, std::string_view prompt,
                                 std::string_view caption) {
  if (caption.empty()) {
    const auto ids = encode_prompt(tokenizer, prompt);
    return {.ids = ids, .labels = std::vector(ids.size(), kIgnoredLabel)};
  }
  const std::string text = std::string(prompt) + " " + std::string(caption) + tokenizer.eos_text();
  TrainingExample example;
  example.ids = encode_prompt(tokenizer, text);
  example.labels = example.ids;

  const std::size_t last_space = prompt.rfind(' ');
  const std::string turn =
      last_space == std::string_view::npos ? "" : std::string(prompt.substr(last_space)) + " ";
  const bool has_several_turns = caption.find(tokenizer.eos_text()) != std::string_view::npos ||
                                 (!turn.empty() && caption.find(turn) != std::string_view::npos);
  if (has_several_turns) {
    std::fill(example.labels.begin(), example.labels.end(), kIgnoredLabel);
    return example;
  }

  const std::vector<std::int64_t> prompt_ids = encode_prompt(tokenizer, prompt);
  const bool starts_with_prompt =
      prompt_ids.size() <= example.ids.size() &&
      std::equal(prompt_ids.begin(), prompt_ids.end(), example.ids.begin());
  if (!starts_with_prompt) {
    throw std::invalid_argument("training_example: the tokenizer joins the end of the prompt \"" +
                                std::string(prompt) + "\" and the start of the caption");
  }
  std::fill_n(example.labels.begin(), prompt_ids.size(), kIgnoredLabel);
  return example;
}

}  // namespace dali
