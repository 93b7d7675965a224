// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/clips/manifest.h"

namespace dali {

// What people said of each clip, in the order of its source. Immutable after it was made.
class References {
 public:
  // The manifest's own audio captions.
  static References of_clips(std::span<const Clip> clips);

  // A table of AudioCaps or Clotho, see caption_table.h, which throws.
  static References read_csv(const std::filesystem::path& file);

  // Each text only where it first stands, in the whole source: what the authors compare with.
  References without_duplicates() const;

  // Of the clip whose id, or whose media file's name, is the source's name for it, or one that
  // people give to its files (CaptionTable::Clip::aliases). A name that could be of two clips is of
  // none. None is an empty list.
  std::vector<std::string> of(const Clip& clip) const;

  std::size_t caption_count() const { return captions_.size(); }
  std::size_t clip_count() const { return clip_count_; }
  // Captions without a word, which were left out.
  std::size_t empty_count() const { return empty_count_; }

 private:
  struct Caption {
    std::size_t clip = 0;  // counts from 0 in the order of the source
    std::string text;
  };
  // The clip of that name, which becomes known when it is not.
  std::size_t clip_named(const std::string& name);
  void add(std::size_t clip, const std::string& text);
  void add_alias(const std::string& alias, std::size_t clip);
  std::optional<std::size_t> find(const std::string& name) const;

  std::vector<Caption> captions_;
  std::map<std::string, std::size_t> clips_by_name_;
  std::map<std::string, std::optional<std::size_t>> clips_by_alias_;  // nothing: of more than one
  std::size_t clip_count_ = 0;
  std::size_t empty_count_ = 0;
};

}  // namespace dali
