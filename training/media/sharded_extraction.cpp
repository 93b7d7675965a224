#include "training/media/sharded_extraction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "training/data/webdataset_shard.h"

namespace dali {

namespace fs = std::filesystem;

ShardedExtraction extract_to_shards(const std::vector<Clip>& clips, int clips_per_shard,
                                    const ExtractionOptions& options) {
  const auto size = static_cast<std::size_t>(clips_per_shard);
  const std::size_t shard_count = (clips.size() + size - 1) / size;
  ShardedExtraction all;
  for (std::size_t number = 0; number < shard_count; ++number) {
    const fs::path shard = options.out / fmt::format("{:06}.tar", number);
    const fs::path files = options.out / fmt::format("{:06}.files", number);
    if (fs::exists(shard)) {
      fs::remove_all(files);  // a kill between the shard and this leaves them
      const int samples = count_samples(shard);
      ++all.shards;
      all.clips += samples;
      all.reused += samples;
      continue;
    }
    const auto begin = clips.begin() + static_cast<std::ptrdiff_t>(number * size);
    const auto end = begin + std::min<std::ptrdiff_t>(clips_per_shard, clips.end() - begin);
    ExtractionOptions part = options;
    part.out = files;
    part.task = fmt::format("clips of shard {} of {}", number + 1, shard_count);
    Extraction extraction = extract({begin, end}, part);
    all.reused += extraction.reused;
    std::ranges::move(extraction.failures, std::back_inserter(all.failures));
    if (!extraction.clips.empty()) {
      write_shard(shard, extraction.clips, number * size);
      ++all.shards;
      all.clips += static_cast<int>(extraction.clips.size());
    }
    fs::remove_all(files);
  }
  return all;
}

}  // namespace dali
