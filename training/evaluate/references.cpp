#include "training/evaluate/references.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "training/data/csv_file.h"

namespace dali {
namespace {

bool has_column(const CsvFile& table, std::string_view name) {
  return std::ranges::find(table.columns, name) != table.columns.end();
}

}  // namespace

void References::add(std::string_view name, std::string text) {
  const auto [place, is_new] = clips_by_name_.emplace(name, clip_count_);
  if (is_new) ++clip_count_;
  if (!text.empty()) captions_.push_back({.clip = place->second, .text = std::move(text)});
}

References References::of_clips(std::span<const Clip> clips) {
  References references;
  for (const Clip& clip : clips) {
    for (const std::string& caption : clip.audio_captions) references.add(clip.id, caption);
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
      references.add(row[id], row[caption]);
      const std::size_t clip = references.clips_by_name_.at(row[id]);
      references.clips_by_name_.emplace("Y" + row[id], clip);
      if (!has_start) continue;
      const std::string with_start = row[id] + "_" + row[table.column("start_time")];
      references.clips_by_name_.emplace(with_start, clip);
      references.clips_by_name_.emplace("Y" + with_start, clip);
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
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      if (table.columns[column].starts_with("caption_")) references.add(row[name], row[column]);
    }
    const auto found = references.clips_by_name_.find(row[name]);
    if (found == references.clips_by_name_.end()) continue;
    references.clips_by_name_.emplace(std::filesystem::path(row[name]).stem().string(),
                                      found->second);
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
  auto found = clips_by_name_.find(clip.id);
  if (found == clips_by_name_.end()) found = clips_by_name_.find(clip.media.stem().string());
  std::vector<std::string> texts;
  if (found == clips_by_name_.end()) return texts;
  for (const Caption& caption : captions_) {
    if (caption.clip == found->second) texts.push_back(caption.text);
  }
  return texts;
}

}  // namespace dali
