// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/references.h"

#include <set>

#include "media/clips/caption_table.h"
#include "media/text/trimmed.h"

namespace dali {
std::size_t References::clip_named(const std::string& name) {
  const auto [place, is_new] = clips_by_name_.emplace(name, clip_count_);
  if (is_new) ++clip_count_;
  return place->second;
}

void References::add(std::size_t clip, const std::string& text) {
  if (text.empty()) {
    ++empty_count_;
  } else {
    captions_.push_back({.clip = clip, .text = text});
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
      references.add(references.clip_named(clip.id), trimmed(caption));
    }
  }
  return references;
}

References References::read_csv(const std::filesystem::path& file) {
  const CaptionTable table = read_caption_table(file);
  References references;
  for (const CaptionTable::Clip& each : table.clips) {
    const std::size_t clip = references.clip_named(each.name);
    for (const std::string& alias : each.aliases) references.add_alias(alias, clip);
  }
  for (const auto& [clip, text] : table.captions) references.add(clip, text);
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
