#include "training/data/labels.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dali {

std::vector<std::string> read_labels(const std::filesystem::path& file, const ClipSet& clips) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  std::map<std::string, std::string> captions;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    try {
      const auto record = nlohmann::json::parse(line);
      captions[record.at("id").get<std::string>()] = record.at("caption").get<std::string>();
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(fmt::format("{}:{}: {}", file.string(), number, error.what()));
    }
  }
  std::vector<std::string> labels;
  for (std::int64_t index = 0; index < clips.size(); ++index) {
    const auto found = captions.find(clips.clip(index).id);
    if (found == captions.end()) {
      throw std::runtime_error(
          fmt::format("{}: no caption of clip '{}'", file.string(), clips.clip(index).id));
    }
    labels.push_back(found->second);
  }
  return labels;
}

}  // namespace dali
