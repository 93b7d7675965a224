// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "training/config/config_fields.h"

namespace dali {

// Where image tokens are kept from run to run, and how much of them.
struct TokenCacheConfig {
  std::filesystem::path cache;  // empty: nowhere
  double cache_gib = 16.0;

  void declare(ConfigFields& fields);
};

// Tensors that are dear to compute, kept as files of a folder by the hash of all that they are
// computed from. Several processes may share the folder: entries appear whole or not at all.
//
// Together they take no more than a given size; processes that fill a folder at the same time may
// exceed it by what they write within ten seconds. Where there is no room, entries go that were
// last used before this cache was opened, oldest first; those of this run stay, as every epoch asks
// for them again, and what does not fit beside them is not kept.
//
// What goes wrong with the files is never an error: an entry that is damaged is named on standard
// error and counts as none; after one that cannot be written, which is named too, no more are.
// One thread at a time.
class TokenCache {
 public:
  // Makes the folder. Throws std::runtime_error naming it when it cannot be made or read.
  TokenCache(std::filesystem::path folder, double limit_gib);
  // None where the configuration names no folder.
  static std::optional<TokenCache> open(const TokenCacheConfig& config);

  // The entry of this key, in the memory of the CPU.
  std::optional<at::Tensor> find(const std::string& key);

  // Keeps a tensor of any device, of at most four axes.
  void keep(const std::string& key, const at::Tensor& tensor);

  std::uintmax_t bytes() const { return bytes_; }  // as far as this process knows

 private:
  struct OldEntry {
    std::filesystem::path path;
    std::filesystem::file_time_type used;
    std::uintmax_t bytes = 0;
  };

  std::filesystem::path path_of(const std::string& key) const;
  void look_through();
  bool make_room(std::uintmax_t bytes);
  void stop_keeping(const std::string& reason);

  std::filesystem::path folder_;
  std::uintmax_t limit_bytes_;
  std::filesystem::file_time_type opened_;
  std::chrono::steady_clock::time_point looked_through_;
  std::uintmax_t bytes_ = 0;
  std::deque<OldEntry> old_entries_;  // not used since opened_, the oldest first
  bool keeps_ = true;
  bool is_full_ = false;  // said
};

}  // namespace dali
