// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/tokenizer_source.h"

#include <nlohmann/json.hpp>

#include "import/tokenizer_json.h"
#include "model/weights/strict_json.h"

namespace dali {

TokenizerSource::TokenizerSource(const std::filesystem::path& file) : path_(file) {
  if (file.extension() != ".json") return;
  converted_.emplace(file);
  converted_->write(sentencepiece_model_of(read_strict_json(file), file.string()));
  path_ = converted_->path();
}

}  // namespace dali
