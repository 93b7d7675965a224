// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace dali {

// A tokenizer.json of the library "tokenizers" that was made of a sentencepiece model (Llama 2's,
// LLaVA's), as the bytes of that model again: the same pieces under the same ids, and merged in the
// same order, so that every text gets the same ids. Tokens that were added behind the pieces, as
// <image> is, are left out: no text of ours has them.
// Throws std::runtime_error "SOURCE: ..." in one line for what is malformed, and for a tokenizer
// that is not sentencepiece's byte pair encoding with a fallback to bytes, such as Llama 3's.
std::string sentencepiece_model_of(const nlohmann::json& document, const std::string& source);

}  // namespace dali
