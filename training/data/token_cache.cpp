// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/token_cache.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "model/base/file_replacement.h"
#include "training/data/content_hash.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".tokens";
constexpr std::size_t kKeyDigits = 32;
constexpr double kBytesPerGibibyte = 1024.0 * 1024.0 * 1024.0;
constexpr std::chrono::seconds kBetweenLooks{10};

// An entry is this, and the numbers behind it.
struct EntryHeader {
  static constexpr std::size_t kMostAxes = 4;

  std::array<char, 8> format = {'d', 'a', 'l', 'i', 't', 'o', 'k', '1'};
  std::int64_t scalar_type = 0;
  std::int64_t axes = 0;
  std::array<std::int64_t, kMostAxes> sizes = {};
  std::array<char, kKeyDigits> checksum = {};  // of the key and all of the rest
};
static_assert(sizeof(EntryHeader) == 8 + 2 * 8 + 4 * 8 + kKeyDigits);  // no padding

std::array<char, kKeyDigits> checksum_of(const std::string& key, const EntryHeader& header,
                                         const at::Tensor& numbers) {
  ContentHash hash;
  hash.add(key);
  hash.add(&header, offsetof(EntryHeader, checksum));
  hash.add(numbers.data_ptr(), numbers.nbytes());
  std::array<char, kKeyDigits> checksum;
  std::ranges::copy(hash.hex(), checksum.begin());
  return checksum;
}

bool is_entry(const fs::path& path) {
  const std::string name = path.filename().string();
  return path.extension() == kEnding && path.stem().string().size() == kKeyDigits &&
         name.find_first_not_of("0123456789abcdef") == kKeyDigits;
}

// Nothing when the file does not hold what keep() wrote.
std::optional<at::Tensor> read_entry(std::ifstream& file, std::uintmax_t bytes,
                                     const std::string& key) {
  EntryHeader header;
  if (bytes < sizeof header) return std::nullopt;
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  const bool is_ours = file && header.format == EntryHeader{}.format && header.axes >= 0 &&
                       header.axes <= static_cast<std::int64_t>(EntryHeader::kMostAxes) &&
                       (header.scalar_type == static_cast<std::int64_t>(at::kFloat) ||
                        header.scalar_type == static_cast<std::int64_t>(at::kBFloat16));
  if (!is_ours) return std::nullopt;
  const auto dtype = static_cast<at::ScalarType>(header.scalar_type);
  // Whatever the sizes say, no more is asked for than there is in the file.
  auto room = (bytes - sizeof header) / c10::elementSize(dtype);
  std::vector<std::int64_t> sizes;
  for (std::int64_t axis = 0; axis < header.axes; ++axis) {
    const auto size = header.sizes[static_cast<std::size_t>(axis)];
    if (size < 1 || static_cast<std::uintmax_t>(size) > room) return std::nullopt;
    room /= static_cast<std::uintmax_t>(size);
    sizes.push_back(size);
  }
  const auto numbers = at::empty(sizes, dtype);
  if (sizeof header + numbers.nbytes() != bytes) return std::nullopt;
  file.read(static_cast<char*>(numbers.data_ptr()), static_cast<std::streamsize>(numbers.nbytes()));
  if (!file || checksum_of(key, header, numbers) != header.checksum) return std::nullopt;
  return numbers;
}

}  // namespace

void TokenCacheConfig::declare(ConfigFields& fields) {
  using enum ConfigFields::OnResume;
  fields.add("cache", &cache,
             "folder that keeps image tokens for the next runs, which several may share; empty: "
             "they are computed in every run",
             kMayChange);
  fields.add("cache_gib", &cache_gib, "most of them, in GiB", kMayChange);
}

std::optional<TokenCache> TokenCache::open(const TokenCacheConfig& config) {
  if (config.cache.empty()) return std::nullopt;
  return std::optional<TokenCache>(std::in_place, config.cache, config.cache_gib);
}

TokenCache::TokenCache(fs::path folder, double limit_gib)
    : folder_(std::move(folder)),
      limit_bytes_(static_cast<std::uintmax_t>(std::max(limit_gib, 0.0) * kBytesPerGibibyte)) {
  try {
    fs::create_directories(folder_);
    // By the file system's clock, which may be another machine's, not by this one's.
    const auto probe = folder_ / fmt::format(".opened-{}", std::random_device()());
    std::ofstream(probe).put('\n');
    opened_ = fs::last_write_time(probe);
    fs::remove(probe);
    look_through();
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error(
        fmt::format("{}: cannot keep tokens: {}", folder_.string(), error.code().message()));
  }
}

fs::path TokenCache::path_of(const std::string& key) const {
  return folder_ / (key + kEnding);
}

void TokenCache::look_through() {
  bytes_ = 0;
  old_entries_.clear();
  for (const auto& file : fs::directory_iterator(folder_)) {
    if (!is_entry(file.path())) continue;
    std::error_code gone;
    const auto size = file.file_size(gone);
    const auto used = gone ? fs::file_time_type() : file.last_write_time(gone);
    if (gone) continue;
    bytes_ += size;
    if (used < opened_) old_entries_.push_back({.path = file.path(), .used = used, .bytes = size});
  }
  std::ranges::sort(old_entries_, {}, &OldEntry::used);
  looked_through_ = std::chrono::steady_clock::now();
}

std::optional<at::Tensor> TokenCache::find(const std::string& key) {
  const auto path = path_of(key);
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::error_code gone;
  auto found = read_entry(file, fs::file_size(path, gone), key);
  if (!found) {
    if (!gone) {
      fmt::print(stderr, "{}: is damaged; its tokens are computed anew\n", path.string());
      const auto size = fs::file_size(path, gone);
      if (fs::remove(path, gone) && !gone) bytes_ -= std::min(bytes_, size);
    }
    return std::nullopt;
  }
  if (fs::last_write_time(path, gone) < opened_ && !gone) {
    fs::last_write_time(path, std::max(opened_, fs::file_time_type::clock::now()), gone);
  }
  return found;
}

bool TokenCache::make_room(std::uintmax_t bytes) {
  if (std::chrono::steady_clock::now() - looked_through_ > kBetweenLooks) look_through();
  while (bytes_ + bytes > limit_bytes_ && !old_entries_.empty()) {
    const OldEntry oldest = std::move(old_entries_.front());
    old_entries_.pop_front();
    std::error_code gone;
    if (fs::last_write_time(oldest.path, gone) != oldest.used || gone) continue;
    if (fs::remove(oldest.path, gone) && !gone) bytes_ -= std::min(bytes_, oldest.bytes);
  }
  return bytes_ + bytes <= limit_bytes_;
}

void TokenCache::stop_keeping(const std::string& reason) {
  keeps_ = false;
  fmt::print(stderr, "{}: no more tokens are kept: {}\n", folder_.string(), reason);
}

void TokenCache::keep(const std::string& key, const at::Tensor& tensor) try {
  if (!keeps_) return;
  const auto numbers = tensor.detach().to(at::kCPU).contiguous();
  const std::uintmax_t bytes = sizeof(EntryHeader) + numbers.nbytes();
  if (!make_room(bytes)) {
    if (!std::exchange(is_full_, true)) {
      fmt::print(stderr, "{}: is full with {:.3g} GiB of this run's tokens; no more are kept\n",
                 folder_.string(), static_cast<double>(bytes_) / kBytesPerGibibyte);
    }
    return;
  }
  EntryHeader header;
  header.scalar_type = static_cast<std::int64_t>(numbers.scalar_type());
  header.axes = numbers.dim();
  std::ranges::copy(numbers.sizes(), header.sizes.begin());
  header.checksum = checksum_of(key, header, numbers);
  FileReplacement file(path_of(key), Sync::kLater);
  file.write(&header, sizeof header);
  file.write(numbers.data_ptr(), numbers.nbytes());
  file.commit();
  bytes_ += bytes;
} catch (const FileError& error) {
  stop_keeping(error.what());
} catch (const fs::filesystem_error& error) {
  stop_keeping(error.code().message());
}

}  // namespace dali
