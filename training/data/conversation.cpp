// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/conversation.h"

#include <stdexcept>
#include <string>

namespace dali {
namespace {

// Appends " answer</s>" after `question_text`, both encoded as one string.
void append_turn(TrainingExample& example, const Tokenizer& tokenizer,
                 const std::string& question_text, const std::string& answer) {
  const auto question_ids = tokenizer.encode(question_text);
  auto ids = tokenizer.encode(question_text + " " + answer);
  ids.push_back(tokenizer.eos_id());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    example.ids.push_back(ids[i]);
    example.labels.push_back(i < question_ids.size() ? kIgnoredLabel : ids[i]);
  }
}

}  // namespace

TrainingExample conversation_example(const Tokenizer& tokenizer, const PromptConfig& prompt,
                                     const std::vector<QuestionAndAnswer>& turns) {
  TrainingExample example = training_example(
      tokenizer, conversation_text(prompt, turns.front().question), turns.front().answer);
  for (std::size_t turn = 1; turn < turns.size(); ++turn) {
    append_turn(example, tokenizer,
                "USER: " + turns[turn].question + " ASSISTANT:", turns[turn].answer);
  }
  return example;
}

TrainingExample text_example(const Tokenizer& tokenizer, const PromptConfig& prompt,
                             const QuestionAndAnswer& text) {
  if (!text.question.empty()) {
    constexpr std::string_view kImageLine = "<image>\n";
    std::string conversation = conversation_text(prompt, text.question);
    if (const auto at = conversation.find(kImageLine); at != std::string::npos) {
      conversation.erase(at, kImageLine.size());
    }
    return training_example(tokenizer, conversation, text.answer);
  }
  TrainingExample example{.ids = tokenizer.encode_with_bos(text.answer), .labels = {}};
  example.ids.push_back(tokenizer.eos_id());
  example.labels = example.ids;
  example.labels.front() = kIgnoredLabel;
  return example;
}

PromptConfig training_prompt(PromptConfig prompt, std::string_view mode) {
  if (mode == "paper") return prompt;
  if (mode != "compat") {
    throw std::invalid_argument("mode '" + std::string(mode) + "' is neither paper nor compat");
  }
  constexpr std::string_view kHuman = "human";
  constexpr std::string_view kUser = "user";
  for (auto at = prompt.conversation.find(kHuman); at != std::string::npos;
       at = prompt.conversation.find(kHuman, at + kUser.size())) {
    prompt.conversation.replace(at, kHuman.size(), kUser);
  }
  return prompt;
}

}  // namespace dali
