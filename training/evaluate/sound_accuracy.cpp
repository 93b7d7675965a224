// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/sound_accuracy.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dali {
namespace {

// The caption's words in lower case; everything but letters separates them.
std::set<std::string> words_in(std::string_view caption) {
  std::set<std::string> words;
  std::string word;
  for (const char raw : caption) {
    const auto character = static_cast<unsigned char>(raw);
    if (std::isalpha(character) != 0) {
      word += static_cast<char>(std::tolower(character));
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.insert(word);
  return words;
}

}  // namespace

ClassWords read_class_words(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  try {
    return nlohmann::json::parse(stream).get<ClassWords>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

std::set<std::string> named_classes(std::string_view caption, const ClassWords& classes) {
  const auto words = words_in(caption);
  std::set<std::string> named;
  for (const auto& [name, names] : classes) {
    const bool is_named = std::ranges::any_of(names, [&](const std::string& word) {
      return words.contains(word) || words.contains(word + "s");
    });
    if (is_named) named.insert(name);
  }
  return named;
}

void SoundAccuracy::add(const std::set<std::string>& named, const std::set<std::string>& sounds,
                        bool is_seen) {
  const auto found =
      std::ranges::count_if(sounds, [&](const std::string& name) { return named.contains(name); });
  const auto count_in = [&](Counts& counts) {
    ++counts.clips;
    if (named == sounds) ++counts.right;
    if (std::ranges::includes(named, sounds)) ++counts.named;
    counts.sounding_classes += static_cast<int>(sounds.size());
    counts.named_classes += static_cast<int>(named.size());
    counts.found_classes += static_cast<int>(found);
  };
  if (sounds.empty()) return count_in(none_);
  count_in(sounds.size() == 1 ? single_ : several_);
  if (sounds.size() == 1 && !is_seen) count_in(unseen_);
}

void ImageBias::add(const std::set<std::string>& named, const std::set<std::string>& shows) {
  ++captions;
  if (!named.empty()) ++naming;
  if (!std::ranges::includes(shows, named)) ++inventing;
}

}  // namespace dali
