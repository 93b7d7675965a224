// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/captioned_files.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "media/clips/caption_table.h"
#include "media/clips/folder_walk.h"
#include "media/clips/shard_sample.h"
#include "media/clips/unique_names.h"
#include "media/clips/webdataset_shard.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Which clip a file's name is of; nothing where it could be of two.
class ClipNames {
 public:
  explicit ClipNames(const CaptionTable& table) {
    for (std::size_t clip = 0; clip < table.clips.size(); ++clip) {
      for (const std::string& alias : table.clips[clip].aliases) add(names_, alias, clip);
      for (const std::string& number : table.clips[clip].numbers) add(numbers_, number, clip);
    }
  }

  std::optional<std::size_t> clip_of(const fs::path& file) const {
    const auto found = names_.find(plain_name(file.filename().string()));
    return found == names_.end() ? std::nullopt : found->second;
  }
  std::optional<std::size_t> clip_by_number(const fs::path& file) const {
    const auto found = numbers_.find(file.stem().string());
    return found == numbers_.end() ? std::nullopt : found->second;
  }

 private:
  using Names = std::map<std::string, std::optional<std::size_t>>;
  static void add(Names& names, const std::string& name, std::size_t clip) {
    const auto [place, is_new] = names.emplace(name, clip);
    if (!is_new && place->second != clip) place->second.reset();
  }

  Names names_;
  Names numbers_;
};

enum class Found { kNothing, kTaken, kOneMore };

// Gives the clip the file as its sound or video, unless it has one.
Found give(Clip& clip, const fs::path& file) {
  switch (kind_of_part(ending_of_file(file))) {
    case PartKind::kWav:
    case PartKind::kOtherSound:
      if (!clip.audio.empty()) return Found::kOneMore;
      clip.audio = file;
      return Found::kTaken;
    case PartKind::kVideo:
      if (!clip.media.empty()) return Found::kOneMore;
      clip.media = file;
      return Found::kTaken;
    default:
      return Found::kNothing;
  }
}

}  // namespace

ClipList clips_of_table(const fs::path& file) {
  const CaptionTable table = read_caption_table(file);
  std::vector<Clip> clips(table.clips.size());
  UniqueNames ids;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    clips[i].id = ids.unique(file_name_of(plain_name(table.clips[i].name)));
  }
  for (const auto& [clip, text] : table.captions) {
    if (!text.empty()) clips[clip].audio_captions.push_back(text);
  }

  const ClipNames names(table);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const std::vector<fs::path> files = files_below(folder);
  std::size_t more = 0;
  for (const fs::path& path : files) {
    if (const auto clip = names.clip_of(path)) {
      if (give(clips[*clip], path) == Found::kOneMore) ++more;
    }
  }
  for (const fs::path& path : files) {
    const auto clip = names.clip_by_number(path);
    if (clip && clips[*clip].audio.empty() && clips[*clip].media.empty()) give(clips[*clip], path);
  }

  ClipList list;
  for (Clip& clip : clips) {
    if (clip.media.empty()) clip.media = clip.audio;
    if (clip.media.empty()) {
      list.missing.push_back(clip.id);
    } else {
      list.clips.push_back(std::move(clip));
    }
  }
  std::string found = file.string() + ": " + std::to_string(list.clips.size()) + " of " +
                      std::to_string(clips.size()) + " clips of the split are found in " +
                      folder.string();
  if (!list.missing.empty()) {
    found += ", " + std::to_string(list.missing.size()) + " are missing, the first one " +
             list.missing.front();
  }
  list.remarks.push_back(std::move(found));
  if (more > 0) {
    list.remarks.push_back(file.string() + ": " + std::to_string(more) +
                           " files are not used, as clips have others of their kind");
  }
  return list;
}

}  // namespace dali
