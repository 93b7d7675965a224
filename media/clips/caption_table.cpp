// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/caption_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>

#include "media/clips/csv_file.h"
#include "media/clips/shard_sample.h"
#include "media/clips/webdataset_shard.h"
#include "media/text/trimmed.h"

namespace dali {
namespace {

constexpr double kAudioCapsSeconds = 10.0;  // that its clips last

bool has_column(const CsvFile& table, std::string_view name) {
  return std::ranges::find(table.columns, name) != table.columns.end();
}

// "talk.v2.wav" -> "talk.v2": endings that are of no sound or video belong to the name.
std::string_view without_media_extension(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return name;
  const PartKind kind = kind_of_part(in_lower_case(std::string(name.substr(dot + 1))));
  return is_sound_or_video(kind) ? name.substr(0, dot) : name;
}

// "030.500" -> "30.5". Nothing for what is no number of that form.
std::optional<std::string> shortest_number(std::string_view text) {
  const auto dot = text.find('.');
  const auto whole = text.substr(0, dot);
  const auto is_digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (whole.empty() || !is_digits(whole)) return std::nullopt;
  std::string number(whole.substr(std::min(whole.find_first_not_of('0'), whole.size() - 1)));
  if (dot == std::string_view::npos) return number;
  auto part = text.substr(dot + 1);
  if (part.empty() || !is_digits(part)) return std::nullopt;
  part = part.substr(0, part.find_last_not_of('0') + 1);
  return part.empty() ? number : number + "." + std::string(part);
}

// Whole numbers without a point, and large ones without an exponent.
std::string written(double number) {
  std::array<char, 400> text = {};  // the longest has 327 characters
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

// The names under which people keep a clip that begins there: the video's, with the start or with
// start and end behind it, in seconds or milliseconds, perhaps a Y in front of all.
std::vector<std::string> audiocaps_names(const std::string& video,
                                         const std::optional<std::string>& start) {
  std::vector<std::string> names = {video};
  if (start) {
    names.push_back(video + "_" + *start);
    double start_s = 0.0;
    const auto [read, error] =
        std::from_chars(start->data(), start->data() + start->size(), start_s);
    if (error == std::errc() && read == start->data() + start->size() && std::isfinite(start_s)) {
      const double end_s = start_s + kAudioCapsSeconds;
      names.push_back(video + "_" + written(start_s) + "_" + written(end_s));
      names.push_back(video + "_" + written(1000.0 * start_s));
      names.push_back(video + "_" + written(1000.0 * start_s) + "_" + written(1000.0 * end_s));
    }
  }
  std::vector<std::string> all;
  for (const std::string& name : names) {
    all.push_back(plain_name(name));
    all.push_back("Y" + all.back());
  }
  return all;
}

CaptionTable audiocaps_table(const CsvFile& csv) {
  CaptionTable table;
  std::map<std::string, std::size_t> clips;
  const auto video = csv.column("youtube_id");
  const auto caption = csv.column("caption");
  const bool has_start = has_column(csv, "start_time");
  const bool has_number = has_column(csv, "audiocap_id");
  for (const auto& row : csv.rows) {
    std::optional<std::string> start;
    if (has_start) start = row[csv.column("start_time")];
    const std::string name = start ? row[video] + "_" + *start : row[video];
    const auto [place, is_new] = clips.emplace(name, table.clips.size());
    if (is_new) {
      table.clips.push_back(
          {.name = name, .aliases = audiocaps_names(row[video], start), .numbers = {}});
    }
    if (has_number) table.clips[place->second].numbers.push_back(row[csv.column("audiocap_id")]);
    table.captions.push_back({.clip = place->second, .text = trimmed(row[caption])});
  }
  return table;
}

CaptionTable clotho_table(const CsvFile& csv) {
  CaptionTable table;
  std::map<std::string, std::size_t> clips;
  const auto name = csv.column("file_name");
  for (const auto& row : csv.rows) {
    const auto [place, is_new] = clips.emplace(row[name], table.clips.size());
    if (is_new) {
      table.clips.push_back({.name = row[name], .aliases = {plain_name(row[name])}, .numbers = {}});
    }
    for (std::size_t column = 0; column < csv.columns.size(); ++column) {
      if (!csv.columns[column].starts_with("caption_")) continue;
      table.captions.push_back({.clip = place->second, .text = trimmed(row[column])});
    }
  }
  return table;
}

}  // namespace

std::string plain_name(std::string_view file_name) {
  std::string_view name = without_media_extension(file_name);
  std::string times;
  for (auto mark = name.rfind('_'); mark != std::string_view::npos && mark > 0;
       mark = name.rfind('_')) {
    const auto number = shortest_number(name.substr(mark + 1));
    if (!number) break;
    times.insert(0, "_" + *number);
    name = name.substr(0, mark);
  }
  return std::string(name) + times;
}

CaptionTable read_caption_table(const std::filesystem::path& file) {
  const CsvFile csv = read_csv(file);
  if (has_column(csv, "youtube_id")) return audiocaps_table(csv);
  if (has_column(csv, "file_name")) return clotho_table(csv);
  throw std::runtime_error(file.string() +
                           ": has neither AudioCaps' column \"youtube_id\" nor "
                           "Clotho's \"file_name\"");
}

}  // namespace dali
