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
    try {
      const auto record = nlohmann::json::parse(line);
      labels[record.at("id").get<std::string>()] = record.at("caption").get<std::string>();
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), number, error.what()));
    }
  }
  return labels;
}

}  // namespace dali
