// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/event_lists.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kColumns = {"filename", "onset", "offset", "event_label"};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char character : line) {
    if (character == '\t') {
      fields.emplace_back();
    } else if (character != '\r') {
      fields.back() += character;
    }
  }
  return fields;
}

std::optional<double> seconds(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && std::isfinite(value) && value >= 0.0 ? std::optional(value) : std::nullopt;
}

// Reads a file line by line; whatever is wrong with one is said with its number.
template <typename TakeLine>
void for_each_line(const fs::path& file, const TakeLine& take_line) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    try {
      take_line(line);
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ':' + std::to_string(number) + ": " + error.what());
    }
  }
}

std::string recording_of(const std::string& file_name) {
  return fs::path(file_name).stem().string();
}

void lengthen(EventList& list, const std::string& recording, double until_s) {
  double& length_s = list.recordings[recording];
  length_s = std::max(length_s, until_s);
}

// The columns' places, by the names in the first line.
std::array<std::size_t, 4> places_of(const std::vector<std::string>& names) {
  std::array<std::size_t, 4> places = {};
  for (std::size_t at = 0; at < kColumns.size(); ++at) {
    const auto found = std::ranges::find(names, kColumns[at]);
    if (found == names.end()) {
      throw std::runtime_error("has no column " + std::string(kColumns[at]));
    }
    places[at] = static_cast<std::size_t>(found - names.begin());
  }
  return places;
}

void add_row(const std::vector<std::string>& fields, const std::array<std::size_t, 4>& places,
             EventList& list) {
  const auto field = [&](std::size_t at) {
    return places[at] < fields.size() ? fields[places[at]] : std::string();
  };
  const std::string recording = recording_of(field(0));
  if (recording.empty()) throw std::runtime_error("names no file");
  lengthen(list, recording, 0.0);
  if (field(1).empty() && field(2).empty() && field(3).empty()) return;
  const auto onset_s = seconds(field(1));
  const auto offset_s = seconds(field(2));
  if (!onset_s || !offset_s || *offset_s < *onset_s) {
    throw std::runtime_error("onset and offset are no times, one after the other");
  }
  if (field(3).empty()) throw std::runtime_error("has no event_label");
  list.events.push_back(
      {.recording = recording, .label = field(3), .onset_s = *onset_s, .offset_s = *offset_s});
  lengthen(list, recording, *offset_s);
}

void read_record(const fs::path& file, EventList& list) {
  const std::string recording = file.stem().string();
  lengthen(list, recording, 0.0);
  std::map<std::uint64_t, std::size_t> open;  // source -> its place in the list
  for_each_line(file, [&](const std::string& line) {
    const auto record = nlohmann::json::parse(line);
    if (record.contains("outcome")) {
      lengthen(list, recording, record.at("end").get<double>());
      return;
    }
    if (record.contains("caption")) return;  // read_shown_captions() reads what is shown
    const auto event = record.at("event").get<std::string>();
    const auto source = record.at("source").get<std::uint64_t>();
    const auto time_s = record.at("time").get<double>();
    if (event != "stops" && record.value("announced", false)) {
      list.announcements->push_back(
          {.recording = recording, .name = record.at("name").get<std::string>(), .time_s = time_s});
    }
    if (event == "starts") {
      open[source] = list.events.size();
      list.events.push_back({.recording = recording,
                             .label = record.at("name").get<std::string>(),
                             .onset_s = time_s,
                             .offset_s = time_s});
    } else if (event == "stops" && open.contains(source)) {
      list.events[open.at(source)].offset_s = time_s;
      open.erase(source);
    }
    lengthen(list, recording, time_s);
  });
  for (const auto& [source, place] : open) {
    list.events[place].offset_s = list.recordings.at(recording);
  }
}

}  // namespace

EventList read_event_table(const fs::path& file) {
  EventList list;
  std::optional<std::array<std::size_t, 4>> places;
  for_each_line(file, [&](const std::string& line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() == 1 && fields[0].empty()) return;
    if (places) {
      add_row(fields, *places, list);
    } else {
      places = places_of(fields);
    }
  });
  if (!places) throw std::runtime_error(file.string() + ": is empty");
  return list;
}

EventList read_event_records(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  if (files.empty()) throw std::runtime_error(folder.string() + ": holds no *.jsonl");
  std::ranges::sort(files);
  EventList list;
  list.announcements.emplace();
  for (const fs::path& file : files) read_record(file, list);
  return list;
}

std::vector<ShownCaption> read_shown_captions(const fs::path& folder,
                                              const std::map<std::string, double>& recordings) {
  std::vector<ShownCaption> captions;
  for (const auto& [recording, length_s] : recordings) {
    const fs::path file = folder / (recording + ".json");
    if (!fs::exists(file)) continue;
    try {
      std::ifstream stream(file);
      for (const auto& caption : nlohmann::json::parse(stream)) {
        // Of a recording without captions, what is there all the same.
        if (caption.contains("spans") && !caption.contains("text")) continue;
        captions.push_back({.recording = recording,
                            .text = caption.at("text").get<std::string>(),
                            .start_s = caption.at("start").get<double>(),
                            .end_s = caption.at("end").get<double>()});
      }
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ": " + error.what());
    }
  }
  return captions;
}

}  // namespace dali
