// SPDX-License-Identifier: LGPL-2.1-or-later
// The half of ModelImport that writes.

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "import/model_import.h"
#include "model/base/directory_replacement.h"
#include "model/base/file_replacement.h"
#include "model/weights/model_config_json.h"
#include "model/weights/model_directory.h"
#include "model/weights/safetensors_writer.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLargestTokenizerBytes = std::size_t{64} << 20;
constexpr std::int64_t kRoomForTheRest = 1 << 20;  // configuration, index, headers

std::string gigabytes(std::uintmax_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return text;
}

// Before hours of writing, not after them.
void check_room(const fs::path& directory, std::int64_t bytes) {
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  const auto needed = static_cast<std::uintmax_t>(bytes + kRoomForTheRest);
  if (!error && space.available < needed) {
    throw std::runtime_error(directory.parent_path().string() + ": the model takes " +
                             gigabytes(needed) + ", and only " + gigabytes(space.available) +
                             " are free");
  }
}

std::string shard_name(std::size_t index, std::size_t count) {
  if (count == 1) return "model.safetensors";
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

}  // namespace

void ModelImport::write(const fs::path& out, const std::function<void()>& after_tensor) const {
  DirectoryReplacement directory(out);
  check_room(directory.temporary_path(), size_bytes());
  ModelConfig config = config_;
  if (request_.name.empty() && request_.base.empty()) config.name = out.filename().string();

  if (!request_.base.empty()) {
    // Small parts: all of them fit into memory. The temporary folder lies beside the final one, so
    // the way from it to the base is the same.
    TensorMap tensors;
    for (const std::string& name : plan_.names()) {
      tensors.emplace(name, read(name));
      after_tensor();
    }
    write_model_overlay(directory.temporary_path(), config, tensors, request_.base);
  } else {
    write_shards(directory.temporary_path(), after_tensor);
    const fs::path tokenizer =
        request_.tokenizer.empty() ? request_.llava / "tokenizer.model" : request_.tokenizer;
    replace_file(directory.temporary_path() / "tokenizer.model",
                 read_text_file(tokenizer, kLargestTokenizerBytes));
    replace_file(directory.temporary_path() / "config.json",
                 model_config_to_json(config).dump(2) + "\n");
  }
  directory.commit();
}

void ModelImport::write_shards(const fs::path& directory,
                               const std::function<void()>& after_tensor) const {
  // As many tensors a shard as fit, at least one.
  std::vector<std::vector<SafetensorsEntry>> shards;
  std::int64_t shard_bytes = 0;
  for (const std::string& name : plan_.names()) {
    SafetensorsEntry entry{.name = name, .dtype = request_.dtype, .shape = plan_.shape_of(name)};
    const auto bytes = static_cast<std::int64_t>(entry.size_bytes());
    if (shards.empty() || shard_bytes + bytes > request_.largest_shard_bytes) {
      shards.emplace_back();
      shard_bytes = 0;
    }
    shard_bytes += bytes;
    shards.back().push_back(std::move(entry));
  }

  json index = {{"metadata", {{"total_size", size_bytes()}}}, {"weight_map", json::object()}};
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    const std::string file_name = shard_name(shard, shards.size());
    SafetensorsWriter writer(directory / file_name, shards[shard], {{"format", "pt"}});
    for (const SafetensorsEntry& entry : shards[shard]) {
      index["weight_map"][entry.name] = file_name;
      writer.write(read(entry.name));
      after_tensor();
    }
    writer.commit();
  }
  if (shards.size() > 1) {
    replace_file(directory / "model.safetensors.index.json", index.dump(2) + "\n");
  }
}

}  // namespace dali
