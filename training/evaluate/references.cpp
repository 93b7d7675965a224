// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/references.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <string_view>

#include "media/clips/csv_file.h"

namespace dali {
namespace {

bool has_column(const CsvFile& table, std::string_view name) {
  return std::ranges::find(table.columns, name) != table.columns.end();
}

// "talk.v2.wav" -> "talk.v2": endings that are of no sound or video belong to the name.
std::string without_media_extension(const std::string& name) {
  constexpr std::array<std::string_view, 14> kExtensions = {"wav", "flac", "mp3", "ogg", "opus",
                                                            "m4a", "aac",  "mp4", "mkv", "webm",
                                                            "avi", "mov",  "m4v", "ts"};
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return name;
  const bool is_media = std::ranges::find(kExtensions, name.substr(dot + 1)) != kExtensions.end();
  return is_media ? name.substr(0, dot) : name;
}

// "ID_30.000.wav" -> "ID_30": without the extension, and the start as short as it can be written.
std::string plain_name(const std::string& full_name) {
  std::string name = without_media_extension(full_name);
  const auto mark = name.rfind('_');
  const auto dot = name.find('.', mark == std::string::npos ? name.size() : mark);
  const bool is_start = dot != std::string::npos && dot > mark + 1 &&
                        name.find_first_not_of("0123456789.", mark + 1) == std::string::npos &&
                        name.find('.', dot + 1) == std::string::npos;
  if (!is_start) return name;
  name.resize(name.find_last_not_of('0') + 1);
  if (name.back() == '.') name.pop_back();
  return name;
}

}  // namespace

std::size_t References::clip_named(const std::string& name) {
  const auto [place, is_new] = clips_by_name_.emplace(name, clip_count_);
  if (is_new) ++clip_count_;
  return place->second;
}

void References::add(std::size_t clip, const std::string& text) {
  constexpr const char* kSpace = " \t\r\n\f\v";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) {
    ++empty_count_;
  } else {
    const auto end = text.find_last_not_of(kSpace);
    captions_.push_back({.clip = clip, .text = text.substr(begin, end + 1 - begin)});
  }
}

void References::add_alias(const std::string& alias, std::size_t clip) {
  const auto [place, is_new] = clips_by_alias_.emplace(alias, clip);
  if (!is_new && place->second != clip) place->second.reset();
}

References References::of_clips(std::span<const Clip> clips) {
  References references;
  for (const Clip& clip : clips) {
    for (const std::string& caption : clip.audio_captions) {
      references.add(references.clip_named(clip.id), caption);
    }
  }
  return references;
}

References References::read_csv(const std::filesystem::path& file) {
  const CsvFile table = dali::read_csv(file);
  References references;
  if (has_column(table, "youtube_id")) {
    const auto id = table.column("youtube_id");
    const auto caption = table.column("caption");
    const bool has_start = has_column(table, "start_time");
    for (const auto& row : table.rows) {
      const std::string& video = row[id];
      std::string name = video;
      if (has_start) name += "_" + row[table.column("start_time")];
      const std::size_t clip = references.clip_named(name);
      references.add(clip, row[caption]);
      for (const std::string& alias : {video, plain_name(name)}) {
        references.add_alias(alias, clip);
        references.add_alias("Y" + alias, clip);
      }
    }
    return references;
  }
  if (!has_column(table, "file_name")) {
    throw std::runtime_error(file.string() +
                             ": has neither AudioCaps' column \"youtube_id\" nor "
                             "Clotho's \"file_name\"");
  }
  const auto name = table.column("file_name");
  for (const auto& row : table.rows) {
    const std::size_t clip = references.clip_named(row[name]);
    references.add_alias(plain_name(row[name]), clip);
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      if (table.columns[column].starts_with("caption_")) references.add(clip, row[column]);
    }
  }
  return references;
}

References References::without_duplicates() const {
  References kept = *this;
  std::set<std::string> seen;
  std::erase_if(kept.captions_,
                [&](const Caption& caption) { return !seen.insert(caption.text).second; });
  return kept;
}

std::vector<std::string> References::of(const Clip& clip) const {
  auto found = find(clip.id);
  if (!found) found = find(clip.media.filename().string());
  std::vector<std::string> texts;
  if (!found) return texts;
  for (const Caption& caption : captions_) {
    if (caption.clip == *found) texts.push_back(caption.text);
  }
  return texts;
}

std::optional<std::size_t> References::find(const std::string& name) const {
  if (const auto exact = clips_by_name_.find(name); exact != clips_by_name_.end()) {
    return exact->second;
  }
  for (const std::string& alias : {name, plain_name(name)}) {
    const auto found = clips_by_alias_.find(alias);
    if (found != clips_by_alias_.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace dali
