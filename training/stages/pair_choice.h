// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "training/losses/alignment_loss.h"

namespace dali {

class ProcessGroup;

struct PairConfig {
  double trim = 1.0;              // the share of a batch that is trained on from epoch 5 on
  std::string pairing = "given";  // or "partial-transport"
};

// Which pairs of a batch a loss is taken over: the clips' own, of these the nearest (trim), or the
// nearest of all sounds and pictures of the batch (pairing). From epoch 2 on: before that the tower
// does not know enough to choose. clip_pairs.h says how.
class PairChoice {
 public:
  // Throws std::invalid_argument naming the key that makes no sense.
  explicit PairChoice(const PairConfig& config);

  // Whether it ever compares the clips of a batch with one another.
  bool compares_clips() const { return config_.trim < 1.0 || is_paired_anew(); }

  // Throws std::invalid_argument where batches of `clips` leave nothing to choose.
  void check_batch(std::int64_t clips) const;

  void begin_epoch(int epoch) { epoch_ = epoch; }

  // The loss of this process's part of the chosen pairs, which may be none: [0] then. Waits for the
  // `processes` that share the batch (null: this one alone), where it compares clips. Figures:
  // "kept pairs", the share of all that are taken, and "new pairs", the share of those that are not
  // a clip's own. audio [clips, audio tokens, width], image [clips, image tokens, width], of the
  // same clips, or of none.
  ClipTerms terms(AlignmentLoss& loss, const torch::Tensor& audio, const torch::Tensor& image,
                  const ProcessGroup* processes) const;

 private:
  bool is_paired_anew() const { return config_.pairing != "given"; }
  ClipTerms trimmed(AlignmentLoss& loss, const torch::Tensor& audio, const torch::Tensor& image,
                    const ProcessGroup& processes, double share) const;
  ClipTerms paired_anew(AlignmentLoss& loss, const torch::Tensor& audio, const torch::Tensor& image,
                        const ProcessGroup& processes, double share) const;

  PairConfig config_;
  int epoch_ = 1;
};

}  // namespace dali
