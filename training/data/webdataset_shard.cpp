#include "training/data/webdataset_shard.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

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

// A tar file that is being written; without finish() it is removed.
class TarWriter {
 public:
  explicit TarWriter(const fs::path& file)
      : file_(file),
        partial_(file.string() + ".partial"),
        archive_(archive_write_new(), archive_write_free) {
    archive_write_set_format_pax_restricted(archive_.get());
    check(archive_write_open_filename(archive_.get(), partial_.c_str()));
  }
  ~TarWriter() {
    std::error_code ignored;
    fs::remove(partial_, ignored);
  }
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  void add(const std::string& name, const std::string& bytes) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
    check(archive_write_header(archive_.get(), entry.get()));
    if (archive_write_data(archive_.get(), bytes.data(), bytes.size()) < 0) check(ARCHIVE_FATAL);
  }

  void finish() {
    check(archive_write_close(archive_.get()));
    std::error_code error;
    fs::rename(partial_, file_, error);
    if (error) throw std::runtime_error(file_.string() + ": " + error.message());
  }

 private:
  void check(int status) const {
    if (status >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(archive_.get());
    throw std::runtime_error(file_.string() + ": " + (reason ? reason : "cannot be written"));
  }

  fs::path file_;
  fs::path partial_;
  std::unique_ptr<archive, decltype(&archive_write_free)> archive_;
};

// "audio/17.frame_3.jpg" -> "audio/17", "frame_3.jpg"
std::pair<std::string, std::string> key_and_extension(const std::string& name) {
  const auto slash = name.rfind('/');
  const auto dot = name.find('.', slash == std::string::npos ? 0 : slash + 1);
  if (dot == std::string::npos) return {name, ""};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What a sample's *.json says of its clip.
std::string description_of(const Clip& clip) {
  nlohmann::ordered_json object;
  object["id"] = clip.id;
  object["start"] = clip.start_s;
  object["duration"] = clip.duration_s;
  for (const auto& [key, member] : kClipTexts) object[key] = clip.*member;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream.flush()) throw std::runtime_error(file.string() + ": cannot be written");
}

// Writes the sample's files into `folder`. A key is no path: it could lead out of there.
Clip unpack_sample(const ShardSample& sample, const fs::path& folder) {
  std::string stem = sample.key;
  std::ranges::replace(stem, '/', '_');
  Clip clip;
  clip.id = stem;
  for (const auto& [extension, bytes] : sample.parts) {
    const bool is_sound = extension == "wav" || extension.ends_with(".wav");
    const bool is_frame = extension.ends_with("jpg") || extension.ends_with("ppm");
    if (extension == "txt") clip.audio_captions.push_back(bytes);
    if (extension == "json") {
      const auto known = nlohmann::json::parse(bytes);
      clip.id = known.value("id", clip.id);
      clip.start_s = known.value("start", 0.0);
      clip.duration_s = known.value("duration", 0.0);
      for (const auto& [key, member] : kClipTexts) {
        const auto more = known.value(key, std::vector<std::string>());
        (clip.*member).insert((clip.*member).end(), more.begin(), more.end());
      }
    }
    if (!is_sound && !is_frame) continue;
    std::string name = stem + "." + extension;
    std::ranges::replace(name, '/', '_');
    write_bytes(folder / name, bytes);
    if (is_sound) clip.audio = folder / name;
    if (is_frame) clip.frames.push_back(folder / name);
  }
  std::ranges::replace(clip.id, '/', '_');
  clip.media = clip.audio;
  return clip;
}

// Held by the one process that unpacks into a folder, while others that want the same wait. A file
// system without locks leaves each to itself.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(::open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) throw std::runtime_error(folder.string() + ": cannot be written");
    while (::flock(descriptor_, LOCK_EX) == -1 && errno == EINTR) {
    }
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

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
  const FolderLock lock(folder);
  if (fs::exists(manifest)) return manifest;  // by another process meanwhile
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

void write_shard(const fs::path& shard, std::span<const Clip> clips, std::size_t first_key) {
  TarWriter tar(shard);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const Clip& clip = clips[i];
    char key[24];
    std::snprintf(key, sizeof key, "%08zu", first_key + i);
    tar.add(key + std::string(".json"), description_of(clip));
    if (!clip.audio.empty()) tar.add(key + std::string(".wav"), bytes_of(clip.audio));
    for (std::size_t frame = 0; frame < clip.frames.size(); ++frame) {
      char extension[32];
      std::snprintf(extension, sizeof extension, ".frame_%03zu", frame);
      const fs::path& file = clip.frames[frame];
      tar.add(key + (extension + file.extension().string()), bytes_of(file));
    }
  }
  tar.finish();
}

int count_samples(const fs::path& shard) {
  TarReader tar(shard);
  int count = 0;
  std::string last_key;
  while (const auto name = tar.next()) {
    const std::string key = key_and_extension(*name).first;
    if (count == 0 || key != last_key) ++count;
    last_key = key;
  }
  return count;
}

}  // namespace dali
