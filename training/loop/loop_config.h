// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "training/config/config_fields.h"

namespace dali {

// The keys that every stage has.
struct LoopConfig {
  int epochs = 1;
  int batch_size = 32;                // over all processes
  int micro_batch_size = 0;           // 0: the whole batch at once
  std::string schedule = "cosine";    // cosine | halving | constant
  double warmup_ratio = 0.03;         // of all steps
  double clip_norm = 0.0;             // 0: gradients are not clipped
  std::string precision = "float32";  // float32 | bfloat16
  bool recomputes_activations = false;
  int max_steps = 0;          // 0: all
  int validate_every = 0;     // steps; 0: at the end of every epoch
  std::string keep = "last";  // last | best
  bool overfits_one_batch = false;
  std::uint64_t seed = 1;
  std::string device = "auto";  // auto | cpu | cuda | cuda:N
  int threads = 0;              // 0: the processors that this process may use
  double log_interval_s = 10.0;
  double checkpoint_interval_s = 300.0;
  int keep_checkpoints = 2;
  double peer_timeout_s = 45.0;
  bool dry_run = false;

  void declare(ConfigFields& fields);
};

// Throws std::invalid_argument naming the key that is out of its range.
void validate(const LoopConfig& config);

}  // namespace dali
