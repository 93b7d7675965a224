// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/extraction/sharded_extraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <iterator>
#include <optional>

#include "media/clips/webdataset_shard.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

bool is_as_asked(const Clip& described, const Clip& asked, const ExtractionOptions& options) {
  const bool has_same_texts = std::ranges::all_of(kClipTexts, [&](const ClipTexts& each) {
    return described.*each.texts == asked.*each.texts;
  });
  return described.id == asked.id && has_same_texts &&
         described.extraction == extraction_of(asked, options);
}

// What a shard of an earlier run holds of the clips, and which of them it lacks.
struct EarlierShard {
  std::vector<Clip> clips;
  std::vector<Clip> lacks;
};

// Nothing when there is none, or when it holds anything but these clips as they are to be now.
std::optional<EarlierShard> earlier_shard(const fs::path& shard, const std::vector<Clip>& asked,
                                          const ExtractionOptions& options) try {
  if (!fs::exists(shard)) return std::nullopt;
  EarlierShard earlier{.clips = described_clips(shard), .lacks = {}};
  auto next = earlier.clips.begin();
  for (const Clip& clip : asked) {
    if (next != earlier.clips.end() && is_as_asked(*next, clip, options)) {
      ++next;
    } else {
      earlier.lacks.push_back(clip);
    }
  }
  if (next != earlier.clips.end()) return std::nullopt;
  return earlier;
} catch (const std::exception&) {
  return std::nullopt;  // what cannot be read is written anew
}

void count(const std::vector<Clip>& clips, ShardedExtraction& all) {
  ++all.shards;
  all.clips += static_cast<int>(clips.size());
  for (const Clip& clip : clips) {
    if (clip.audio.empty()) ++all.without_sound;
    if (clip.frames.empty()) ++all.without_frames;
  }
}

}  // namespace

ShardedExtraction extract_to_shards(const std::vector<Clip>& clips, int clips_per_shard,
                                    const ExtractionOptions& options) {
  const auto size = static_cast<std::size_t>(clips_per_shard);
  const std::size_t shard_count = (clips.size() + size - 1) / size;
  ShardedExtraction all;
  for (std::size_t number = 0; number < shard_count; ++number) {
    const fs::path shard = options.out / fmt::format("{:06}.tar", number);
    const auto begin = clips.begin() + static_cast<std::ptrdiff_t>(number * size);
    const std::vector<Clip> asked(
        begin, begin + std::min<std::ptrdiff_t>(clips_per_shard, clips.end() - begin));
    ExtractionOptions part = options;
    part.out = options.out / fmt::format("{:06}.files", number);
    part.task = fmt::format("clips of shard {} of {}", number + 1, shard_count);

    const auto earlier = earlier_shard(shard, asked, options);
    Extraction extraction;
    // What could not be read before may be readable now.
    if (!earlier || !earlier->lacks.empty()) {
      extraction = extract(earlier ? earlier->lacks : asked, part);
    }
    const bool is_kept = earlier && extraction.clips.empty();
    if (is_kept) {
      count(earlier->clips, all);
      all.reused += static_cast<int>(earlier->clips.size());
    } else {
      if (earlier) extraction = extract(asked, part);
      all.reused += extraction.reused;
      fs::remove(shard);
      if (!extraction.clips.empty()) {
        write_shard(shard, extraction.clips, number * size);
        count(extraction.clips, all);
      }
    }
    std::ranges::move(extraction.failures, std::back_inserter(all.failures));
    std::ranges::move(extraction.remarks, std::back_inserter(all.remarks));
    fs::remove_all(part.out);
  }
  return all;
}

}  // namespace dali
