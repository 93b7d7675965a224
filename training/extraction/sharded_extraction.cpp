// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/extraction/sharded_extraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

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

// Extracts all that is asked for after what an earlier shard lacks, which is not done twice.
Extraction completed(Extraction lacked, const std::vector<Clip>& asked,
                     const ExtractionOptions& options) {
  Extraction whole = extract(asked, options);
  // Those that were made just now are no earlier run's.
  whole.reused -= static_cast<int>(lacked.clips.size()) - lacked.reused;
  std::ranges::move(lacked.remarks, std::back_inserter(whole.remarks));
  return whole;
}

std::string number_of(std::size_t shard) {
  return fmt::format("{:06}", shard);
}

// Nothing for what is not named as number_of() names shards.
std::optional<std::size_t> shard_of(const std::string& number) {
  std::size_t shard = 0;
  const char* const end = number.data() + number.size();
  const auto [read, error] = std::from_chars(number.data(), end, shard);
  if (error != std::errc() || read != end || number != number_of(shard)) return std::nullopt;
  return shard;
}

// Whether this program wrote it, and not who else numbers shards.
bool is_extracted(const fs::path& shard) try {
  return std::ranges::none_of(described_clips(shard),
                              [](const Clip& clip) { return clip.extraction.empty(); });
} catch (const std::exception&) {
  return false;
}

// What an earlier run left that had more shards: who reads the folder would read its clips too.
void remove_shards_beyond(std::size_t count, const fs::path& folder) {
  if (!fs::exists(folder)) return;  // there were no clips at all
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    const auto shard = shard_of(path.stem().string());
    if (!shard || *shard < count) continue;
    const bool is_unfinished = path.extension() == ".files";
    if (is_unfinished || (path.extension() == ".tar" && is_extracted(path))) left.push_back(path);
  }
  for (const fs::path& path : left) fs::remove_all(path);
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
    const fs::path shard = options.out / (number_of(number) + ".tar");
    const auto begin = clips.begin() + static_cast<std::ptrdiff_t>(number * size);
    const std::vector<Clip> asked(
        begin, begin + std::min<std::ptrdiff_t>(clips_per_shard, clips.end() - begin));
    ExtractionOptions part = options;
    part.out = options.out / (number_of(number) + ".files");
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
      if (earlier) extraction = completed(std::move(extraction), asked, part);
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
  remove_shards_beyond(shard_count, options.out);
  return all;
}

}  // namespace dali
