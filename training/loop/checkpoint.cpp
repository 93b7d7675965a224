// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "model/base/directory_replacement.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "step-";
constexpr const char* kWeights = "weights.safetensors";
constexpr const char* kState = "state.safetensors";
constexpr const char* kDone = "done";

// The marked checkpoints, oldest first: their names have leading zeros.
std::vector<fs::path> marked(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    const bool is_ours = entry.path().filename().string().starts_with(kPrefix);
    if (is_ours && fs::exists(entry.path() / kDone)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

// What a killed run left half written.
void remove_unmarked(const fs::path& folder) {
  std::vector<fs::path> unmarked;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!fs::exists(entry.path() / kDone)) unmarked.push_back(entry.path());
  }
  for (const fs::path& path : unmarked) fs::remove_all(path);
}

// Removes the mark first, so that a folder half removed is not believed.
void remove_checkpoint(const fs::path& checkpoint) {
  fs::remove(checkpoint / kDone);
  fs::remove_all(checkpoint);
}

}  // namespace

CheckpointFolder::CheckpointFolder(fs::path folder, int kept)
    : folder_(std::move(folder)), kept_(std::max(kept, 1)) {}

fs::path CheckpointFolder::path_of(std::int64_t step) const {
  return folder_ / fmt::format("{}{:010}", kPrefix, step);
}

std::optional<Checkpoint> CheckpointFolder::newest() const {
  const auto checkpoints = marked(folder_);
  if (checkpoints.empty()) return std::nullopt;
  const auto state = open_safetensors(checkpoints.back() / kState);
  const auto step = state.metadata().find("step");
  if (step == state.metadata().end()) {
    throw std::runtime_error(state.path().string() + ": does not say at which step it was written");
  }
  return Checkpoint{.step = std::stoll(step->second),
                    .weights = open_safetensors(checkpoints.back() / kWeights).tensors(),
                    .state = state.tensors(),
                    .facts = state.metadata()};
}

void CheckpointFolder::write(const Checkpoint& checkpoint) {
  const fs::path final_path = path_of(checkpoint.step);
  if (fs::exists(final_path / kDone)) return;
  fs::create_directories(folder_);
  remove_unmarked(folder_);
  auto facts = checkpoint.facts;
  facts["step"] = std::to_string(checkpoint.step);
  {
    DirectoryReplacement directory(final_path);
    save_safetensors(directory.temporary_path() / kWeights, checkpoint.weights);
    save_safetensors(directory.temporary_path() / kState, checkpoint.state, facts);
    directory.commit();
  }
  replace_file(final_path / kDone, "");

  const auto checkpoints = marked(folder_);
  const auto superfluous = static_cast<std::ptrdiff_t>(checkpoints.size()) - kept_;
  for (std::ptrdiff_t i = 0; i < superfluous; ++i) {
    remove_checkpoint(checkpoints[static_cast<std::size_t>(i)]);
  }
}

fs::path checkpoint_folder(const fs::path& out) {
  return out / "checkpoints";
}

bool holds_checkpoint(const fs::path& out) {
  if (!marked(checkpoint_folder(out)).empty()) return true;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(out, missing)) {
    if (entry.is_directory() && !marked(checkpoint_folder(entry.path())).empty()) return true;
  }
  return false;
}

}  // namespace dali
