// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "training/loop/adam.h"
#include "training/loop/stage.h"

namespace dali {

// The weights of the validation with the least figure, which a run that keeps the best ends with.
// They lie in OUT/best/weights.safetensors, so that a run that was killed still knows them: it
// begins again at a checkpoint that is not newer than the last validation, and comes to the same
// choice. One process uses it, one thread.
class BestWeights {
 public:
  // `figure`: its name in what Stage::validate() returns. Nothing is written yet.
  BestWeights(const std::filesystem::path& out, std::string figure);

  // Takes up what the run has kept before; `steps` of it are done, and `was_validated` says whether
  // a validation is among them. Without steps whatever lies there is of another run, and removed.
  // Throws std::runtime_error when there should be weights and are none.
  void resume(std::int64_t steps, bool was_validated);

  // After a validation: keeps the weights where the figure is less than every one before. Throws
  // std::runtime_error when it is not among the figures, as where no held-out clip can be read.
  void offer(std::int64_t step, int epoch, const Metrics& figures,
             const std::vector<Adam>& optimisers);

  // Gives the optimisers' parameters the weights that were kept, and says on standard error whose
  // these are. Throws std::runtime_error when no figure was a number.
  void restore(std::vector<Adam>& optimisers) const;

 private:
  std::filesystem::path file_;
  std::string figure_;
  // Nothing before the first validation. One that is no number counts as infinity, so that weights
  // are there after every first validation.
  std::optional<double> least_;
};

}  // namespace dali
