// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/strict_json.h"

#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

constexpr int kDeepestNesting = 32;
constexpr std::size_t kLongestFileBytes = std::size_t{64} << 20;

}  // namespace

nlohmann::json parse_strict_json(std::string_view text, const std::string& source) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> keys_of_open_objects;
  const auto refuse = [&](int depth, Event event, nlohmann::json& value) {
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= kDeepestNesting) {
        throw std::runtime_error(source + ": JSON is nested deeper than " +
                                 std::to_string(kDeepestNesting) + " levels");
      }
    }
    if (event == Event::object_start) keys_of_open_objects.emplace_back();
    if (event == Event::object_end) keys_of_open_objects.pop_back();
    if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_of_open_objects.back().insert(key).second) {
        throw std::runtime_error(source + ": key " + in_quotes(key) +
                                 " stands twice in one object");
      }
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text.begin(), text.end(), refuse);
  } catch (const nlohmann::json::parse_error& error) {
    throw std::runtime_error(source + ": not valid JSON at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {  // a number beyond double's range
    throw std::runtime_error(source + ": JSON holds a number that is out of range");
  }
}

nlohmann::json read_strict_json(const std::filesystem::path& path) {
  return parse_strict_json(read_text_file(path, kLongestFileBytes), path.string());
}

std::string read_text_file(const std::filesystem::path& path, std::size_t longest_bytes) {
  std::error_code status_error;
  if (!std::filesystem::is_regular_file(path, status_error)) {
    throw std::runtime_error(path.string() + ": no such file");
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text;
  char piece[1 << 16];
  while (stream.read(piece, sizeof piece) || stream.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > longest_bytes) {
      throw std::runtime_error(path.string() + ": longer than " + std::to_string(longest_bytes) +
                               " bytes");
    }
  }
  if (!stream.eof()) throw std::runtime_error(path.string() + ": cannot be read");
  return text;
}

}  // namespace dali
