// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "model/weights/safetensors.h"

namespace dali {

// Everything that a run needs to go on as if it had never stopped.
struct Checkpoint {
  std::int64_t step = 0;      // steps done
  TensorMap weights;          // of what is trained, float32, by name
  TensorMap state;            // the optimisers' moments, the generator
  SafetensorsMetadata facts;  // whatever else, in words; "step" is added
};

// The checkpoints of one run, a folder each:
//
//     FOLDER/step-0000001200/weights.safetensors
//                            state.safetensors
//                            done
//
// A checkpoint is a DirectoryReplacement that is marked by the file `done` once it has its name;
// without it a folder is not believed. So at every moment, power cuts and full disks among them,
// the newest marked one is whole. One process writes.
class CheckpointFolder {
 public:
  // `kept`: how many of the newest stay, at least 1. Nothing is made before the first write().
  CheckpointFolder(std::filesystem::path folder, int kept);

  // The newest one, its tensors mapped from the files; nothing where there is none. Throws
  // std::runtime_error naming the file when it is marked but cannot be read.
  std::optional<Checkpoint> newest() const;

  // Writes one, unless its step has one already, and then removes what is older than the newest
  // `kept`. Throws std::runtime_error naming the file, on a full disk for instance; nothing that
  // was there is lost then.
  void write(const Checkpoint& checkpoint);

  // Where a checkpoint lies or would lie.
  std::filesystem::path path_of(std::int64_t step) const;

 private:
  std::filesystem::path folder_;
  int kept_;
};

// Whether a run that writes into `out`, or a part of it that writes into a folder there, has left a
// checkpoint to go on from.
bool holds_checkpoint(const std::filesystem::path& out);

// Where train() keeps the checkpoints of a run that writes into `out`.
std::filesystem::path checkpoint_folder(const std::filesystem::path& out);

}  // namespace dali
