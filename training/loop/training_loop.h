// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "training/loop/loop_config.h"
#include "training/loop/process_group.h"
#include "training/loop/stage.h"

namespace dali {

// Trains: shuffles the examples each epoch, steps once a batch (the last, smaller one is dropped
// unless it is the only one), logs to `out`/metrics.jsonl and to standard error. Several processes
// take a share of every batch each and average their gradients; they see the same files.
//
// Writes checkpoints into `out`/checkpoints, one at the end among them, and goes on from the newest
// that it finds there: a run that was killed, by SIGKILL too, ends with the weights that it would
// have had, bit by bit on the same number of threads and processes. After a signal that asks
// to stop it writes one and throws std::runtime_error that says so.
//
// With keep = best the stage ends with the weights of the validation whose Stage::kept_by() was
// least, which lie in `out`/best meanwhile; the checkpoints hold the last ones all the same.
//
// The loss and the gradients' norms that are logged are those of the whole batch; the stage's other
// figures are means over the share of process 0.
//
// Throws std::runtime_error when the loss or a gradient is not finite, naming a file with the
// batch's examples; std::invalid_argument naming a key that makes no sense.
//
// Returns whether the caller is to write the model: not after a dry run, which takes one step and
// says what all of them will need, and only in one of several processes.
bool train(Stage& stage, const LoopConfig& config, const std::filesystem::path& out,
           const ProcessGroup& processes = {});

}  // namespace dali
