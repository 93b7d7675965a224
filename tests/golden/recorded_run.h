// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include "model/weights/safetensors.h"
#include "training/loop/training_loop.h"

namespace dali::golden {

// A stage made of parts, whose every example is in every batch.
struct RunRequest {
  TensorMap parameters;  // those to record, by the reference's names; shared with the model
  std::vector<ParameterGroup> groups;
  std::int64_t examples = 1;
  // Adds the gradients of step `step`, counted from 0, and returns its figures.
  std::function<Metrics(int step)> accumulate_gradients;
};

// What the project's own training loop made of it, step by step.
struct RecordedRun {
  std::vector<Metrics> metrics;        // of each step
  std::vector<double> gradient_norms;  // over all recorded parameters, before clipping
  TensorMap first_gradients;           // of the first step; of parameters that have one
  std::vector<TensorMap> weights;      // [k]: after k steps
};

// The first `steps` steps of dali::train(). The loop is left by an exception after them, so that
// the schedule is that of a run which may be much longer.
RecordedRun record_run(RunRequest request, const LoopConfig& config, int steps);

}  // namespace dali::golden
