// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "toyworld/questions.h"

namespace dali {

// Conversations of several turns, as LLaVA's instruction data has them: the first question stands
// in the model's own prompt, the others follow as "USER: question ASSISTANT: answer</s>". Every
// answer is learned, no question is. `turns` is not empty.
TrainingExample conversation_example(const Tokenizer& tokenizer, const PromptConfig& prompt,
                                     const std::vector<QuestionAndAnswer>& turns);

// One question and answer about no picture: the prompt without its "<image>" line. An empty
// question makes the answer a plain statement, learned from its first word.
TrainingExample text_example(const Tokenizer& tokenizer, const PromptConfig& prompt,
                             const QuestionAndAnswer& text);

// The prompt that stages 1a and 2 train on. In mode "paper" it is the model's own; in mode "compat"
// its system prompt says "user" where the model's says "human", as in the authors' training code,
// though not where they caption. Throws std::invalid_argument for another mode.
PromptConfig training_prompt(PromptConfig prompt, std::string_view mode);

}  // namespace dali
