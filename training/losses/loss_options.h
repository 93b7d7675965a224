// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

namespace dali {

// Lambda, how much the entropy of attentive transport's weights counts.
struct EntropyWeight {
  // From epoch 6 on, five times that in epoch 2. 0: 100 in the cost's own unit, as published; free
  // of scale, a tenth of the mean cost, which is as much where tokens are a squared distance of
  // 1000 apart, as CLIP's are.
  double last = 0.0;
  bool is_scale_free = false;  // times the mean cost of the clip's pairs of tokens

  double last_or_default() const;  // above 0
};

// The kernels of maximum mean discrepancy: exp(-d^2 / (bandwidth * m)), one for each multiple m.
struct KernelOptions {
  // Of the squared distances between two of the sample's tokens: their mean, or their median, which
  // a few far tokens do not move.
  bool has_median_bandwidth = false;
  std::vector<double> multiples = {0.25, 0.5, 1.0, 2.0, 4.0};  // at least one, above 0
};

// Unbalanced transport with entropy. The cost's unit is the clip's mean cost.
struct UnbalancedOptions {
  // What it costs to leave a token's weight out or to make more of it; above 0. The more, the
  // nearer to balanced transport.
  double rho_audio = 2.0;
  double rho_image = 0.5;
  double epsilon = 0.01;       // weight of the plan's entropy; above 0
  double first_epsilon = 0.5;  // from which the solver comes down to it; at least epsilon
  int iterations = 200;        // at most, with that weight; at least 1
  // A clip is done when no token's mass changes by more than this share of it; above 0.
  double tolerance = 0.05;
};

// What some losses can be told; each looks at its own.
struct LossOptions {
  KernelOptions kernel = {};
  UnbalancedOptions unbalanced = {};
};

// Throw std::invalid_argument, in one line, for a number that is out of its range.
void validate(const EntropyWeight& weight);
void validate(const KernelOptions& options);
void validate(const UnbalancedOptions& options);

}  // namespace dali
