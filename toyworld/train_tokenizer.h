// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dali {

// Trains a sentencepiece model of Llama's kind (byte-pair encoding; <unk>, <s>, </s> are 0, 1, 2;
// bytes for characters that have no piece) on the sentences and writes it to `file`. Throws
// std::runtime_error naming the file. The same sentences give the same model.
void train_tokenizer(const std::vector<std::string>& sentences, int vocabulary,
                     const std::filesystem::path& file);

}  // namespace dali
