#include "training/data/webdataset_shard.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "training/data/manifest.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// A tar file, compressed or not, open for reading.
class TarReader {
 public:
  explicit TarReader(const fs::path& file)
      : file_(file), archive_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_all(archive_.get());
    constexpr std::size_t kBlockBytes = 1 << 16;
    check(archive_read_open_filename(archive_.get(), file.c_str(), kBlockBytes));
  }

  // The next member that is a file: its name. Nothing at the end.
  std::optional<std::string> next() {
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = archive_read_next_header(archive_.get(), &entry);
      if (status == ARCHIVE_EOF) return std::nullopt;
      check(status);
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      const std::string name = archive_entry_pathname(entry);
      return name.starts_with("./") ? name.substr(2) : name;
    }
  }

  // The bytes of that member.
  std::string bytes() {
    std::string all;
    char block[1 << 16];
    for (;;) {
      const auto count = archive_read_data(archive_.get(), block, sizeof block);
      if (count < 0) check(static_cast<int>(count));
      if (count <= 0) return all;
      all.append(block, static_cast<std::size_t>(count));
    }
  }

 private:
  void check(int status) const {
    if (status >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(archive_.get());
    throw std::runtime_error(file_.string() + ": " + (reason ? reason : "cannot be read"));
  }

  fs::path file_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
};

// "audio/17.frame_3.jpg" -> "audio/17", "frame_3.jpg"
std::pair<std::string, std::string> key_and_extension(const std::string& name) {
  const auto slash = name.rfind('/');
  const auto dot = name.find('.', slash == std::string::npos ? 0 : slash + 1);
  if (dot == std::string::npos) return {name, ""};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream.flush()) throw std::runtime_error(file.string() + ": cannot be written");
}

// Writes the sample's files into `folder`. A key is no path: it could lead out of there.
Clip unpack_sample(const ShardSample& sample, const fs::path& folder) {
  Clip clip;
  clip.id = sample.key;
  std::ranges::replace(clip.id, '/', '_');
  for (const auto& [extension, bytes] : sample.parts) {
    const bool is_sound = extension == "wav" || extension.ends_with(".wav");
    const bool is_frame = extension.ends_with("jpg") || extension.ends_with("ppm");
    if (extension == "txt") clip.audio_captions.push_back(bytes);
    if (extension == "json") {
      const auto known = nlohmann::json::parse(bytes);
      const auto add_texts = [&](const char* key, std::vector<std::string>& texts) {
        const auto more = known.value(key, std::vector<std::string>());
        texts.insert(texts.end(), more.begin(), more.end());
      };
      add_texts("image_captions", clip.image_captions);
      add_texts("audio_captions", clip.audio_captions);
      add_texts("sounds", clip.sounds);
      add_texts("unseen", clip.unseen);
      add_texts("shows", clip.shows);
    }
    if (!is_sound && !is_frame) continue;
    std::string name = clip.id + "." + extension;
    std::ranges::replace(name, '/', '_');
    write_bytes(folder / name, bytes);
    if (is_sound) clip.audio = folder / name;
    if (is_frame) clip.frames.push_back(folder / name);
  }
  clip.media = clip.audio;
  return clip;
}

}  // namespace

void for_each_sample(const fs::path& shard,
                     const std::function<void(const ShardSample& sample)>& visit) {
  TarReader tar(shard);
  ShardSample sample;
  while (const auto name = tar.next()) {
    auto [key, extension] = key_and_extension(*name);
    if (key != sample.key && !sample.parts.empty()) visit(std::exchange(sample, {}));
    sample.key = key;
    sample.parts[extension] = tar.bytes();
  }
  if (!sample.parts.empty()) visit(sample);
}

fs::path unpack_shard(const fs::path& shard) {
  const fs::path folder = shard.string() + ".clips";
  const fs::path manifest = folder / "manifest.jsonl";
  if (fs::exists(manifest)) return manifest;
  fs::create_directories(folder);
  std::vector<Clip> clips;
  for_each_sample(shard, [&](const ShardSample& sample) {
    try {
      Clip clip = unpack_sample(sample, folder);
      if (!clip.audio.empty() && !clip.frames.empty()) clips.push_back(std::move(clip));
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(shard.string() + ": sample " + sample.key + ": " + error.what());
    }
  });
  // Written last: its presence says that all is there.
  write_manifest(manifest, clips);
  return manifest;
}

}  // namespace dali
