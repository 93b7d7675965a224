// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// A data set's table of what people said of its clips.
struct CaptionTable {
  struct Clip {
    std::string name;                  // YOUTUBE-ID_START (AudioCaps), or the file's (Clotho)
    std::vector<std::string> aliases;  // what its files may be called as well, as plain_name()
    std::vector<std::string> numbers;  // AudioCaps' audiocap_ids, of which a caption each has one
  };
  struct Caption {
    std::size_t clip = 0;  // counts from 0 in `clips`
    std::string text;      // without white space around it; empty: the table has none there
  };
  std::vector<Clip> clips;        // in the order in which they first stand
  std::vector<Caption> captions;  // in the table's order
};

// AudioCaps ("audiocap_id,youtube_id,start_time,caption", a line a caption) or Clotho
// ("file_name,caption_1..caption_5", a line a clip), told apart by their columns. Throws
// std::runtime_error naming the file when it is neither.
CaptionTable read_caption_table(const std::filesystem::path& file);

// A file's name as names are compared: without the extension of a sound or a video, and times
// behind underscores as short as they can be written. "ID_030.000_40.000.wav" -> "ID_30_40".
std::string plain_name(std::string_view file_name);

}  // namespace dali
