// SPDX-License-Identifier: LGPL-2.1-or-later
// The conversation around a question, as LLaVA-1.5 writes it, in text and in ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/model_config.h"
#include "model/language/tokenizer.h"

namespace dali {

// Stands in the ids where the tokens of image, sound and prefix go; no id of any vocabulary.
inline constexpr std::int64_t kImageToken = -200;
// A label that no loss counts.
inline constexpr std::int64_t kIgnoredLabel = -100;

// The configuration's conversation with `question` in its place.
std::string conversation_text(const PromptConfig& config, std::string_view question);

// The ids of a prompt, with a begin token and with kImageToken for every "<image>". The text
// between two of them is encoded as a string of its own, so it may start with a lone space token.
std::vector<std::int64_t> encode_prompt(const Tokenizer& tokenizer, std::string_view text);

struct TrainingExample {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // as ids, but kIgnoredLabel where nothing is to be learned
};

// The prompt, a space, the caption and the end token; the labels are those of caption and end
// token. With an empty caption it is the prompt alone, and nothing is learned: a model that learned
// the end token there would learn to say nothing. A caption that contains the end token's spelling,
// or the prompt's last word between spaces (" ASSISTANT: "), would be taken for several turns:
// nothing is learned from it. Throws std::invalid_argument when the tokenizer joins the prompt's
// end and the caption's start in one piece.
TrainingExample training_example(const Tokenizer& tokenizer, std::string_view prompt,
                                 std::string_view caption);

}  // namespace dali
