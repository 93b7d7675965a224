// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/labels.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dali {

Labels read_labels(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  Labels labels;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const auto record = nlohmann::json::parse(line);
      const auto id = record.at("id").get<std::string>();
      const auto caption = record.at("caption").get<std::string>();
      const auto [label, is_new] = labels.emplace(id, caption);
      if (!is_new && label->second != caption) {
        throw std::runtime_error("the id \"" + id + "\" has two different captions");
      }
    } catch (const std::exception& error) {
      throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), number, error.what()));
    }
  }
  return labels;
}

}  // namespace dali
