// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/source_classes_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/base/file_replacement.h"
#include "model/base/in_quotes.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

// AudioSet's 632 classes take 20 KB.
constexpr std::size_t kMostBytes = std::size_t{1} << 20;

}  // namespace

SourceClasses read_source_classes(const std::filesystem::path& file) {
  const nlohmann::json classes = parse_strict_json(read_text_file(file, kMostBytes), file.string());
  if (!classes.is_object() || classes.empty()) {
    throw std::runtime_error(file.string() + ": not a JSON object of classes");
  }
  const auto is_word = [](const nlohmann::json& word) {
    return word.is_string() && !word.get_ref<const std::string&>().empty();
  };
  SourceClasses read;
  for (const auto& [name, words] : classes.items()) {
    if (name.empty() || !words.is_array() || words.empty() ||
        !std::ranges::all_of(words, is_word)) {
      throw std::runtime_error(file.string() + ": class " + in_quotes(name) +
                               " is not an array of words");
    }
    read[name] = words.get<std::vector<std::string>>();
  }
  return read;
}

void write_source_classes(const std::filesystem::path& file, const SourceClasses& classes) {
  replace_file(file, nlohmann::json(classes).dump(2) + "\n");
}

}  // namespace dali
