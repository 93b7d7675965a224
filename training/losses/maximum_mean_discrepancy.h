// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>

#include "training/losses/alignment_loss.h"

namespace dali {

// Maximum mean discrepancy with a sum of Gaussian kernels exp(-d^2 / (bandwidth * m)), published
// with m = 1/4, 1/2, 1, 2, 4. The bandwidth is the mean squared distance between two of the
// sample's tokens, or the median, taken as a constant. Biased estimator, one value a sample, mean
// over the batch. Paper: section 3.2; reference: MMDLoss(RBF()).
class MaximumMeanDiscrepancy : public AlignmentLoss {
 public:
  explicit MaximumMeanDiscrepancy(KernelOptions options = {}) : options_(std::move(options)) {}

  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;

 private:
  KernelOptions options_;
};

// The mean over all ordered pairs of different tokens, without gradient. distance [batch, tokens,
// tokens], squared -> [batch], positive.
torch::Tensor kernel_bandwidth(const torch::Tensor& distance);

// The same of the median, the lower one of two. Where half of the pairs and more are at no
// distance, the mean.
torch::Tensor median_bandwidth(const torch::Tensor& distance);

// audio [batch, audio tokens, width], image [batch, image tokens, width] -> [batch].
torch::Tensor maximum_mean_discrepancy(const torch::Tensor& audio, const torch::Tensor& image,
                                       const KernelOptions& options = {});

}  // namespace dali
