// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/loop_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include "training/config/threads_key.h"
#include "training/loop/process_group.h"

namespace dali {
namespace {

void check_choice(const char* key, const std::string& value,
                  std::initializer_list<const char*> choices) {
  if (std::ranges::find(choices, value) != choices.end()) return;
  throw std::invalid_argument(
      fmt::format("{} '{}' is none of {}", key, value, fmt::join(choices, ", ")));
}

void check_least(const char* key, double value, double least) {
  if (value >= least) return;
  throw std::invalid_argument(fmt::format("{} is {}, but must be at least {}", key, value, least));
}

}  // namespace

void LoopConfig::declare(ConfigFields& fields) {
  using enum ConfigFields::OnResume;
  fields.add("epochs", &epochs, "passes over the examples, at least 1");
  fields.add("batch_size", &batch_size, "examples an optimiser step, of all processes together");
  fields.add("micro_batch_size", &micro_batch_size,
             "examples computed at once, to save memory; 0: the whole batch", kMayChange);
  fields.add("schedule", &schedule, "of the learning rate: cosine, halving or constant");
  fields.add("warmup_ratio", &warmup_ratio,
             "share of all steps with a rising rate, 0 to 1; not "
             "for the constant schedule");
  fields.add("clip_norm", &clip_norm, "largest norm of a group's gradient; 0: not clipped");
  fields.add("precision", &precision,
             "of the computation: float32 or bfloat16; trained weights are kept in float32");
  fields.add("recomputes_activations", &recomputes_activations,
             "true: the decoder's activations are computed twice instead of kept, to save memory",
             kMayChange);
  fields.add("max_steps", &max_steps, "stop after so many optimiser steps; 0: never");
  fields.add("validate_every", &validate_every,
             "steps between validations; 0: at the end of every epoch", kMayChange);
  fields.add("keep", &keep,
             "which weights to end with: last, or best, those of the validation with the least "
             "distance or loss, which wants something held out");
  fields.add("overfits_one_batch", &overfits_one_batch,
             "true: every step sees the first batch of the first epoch, to see whether anything is "
             "learned");
  fields.add("seed", &seed, "of shuffling, initial weights and augmentation");
  fields.add("device", &device, kDeviceHelp, kMayChange);
  fields.add("threads", &threads, kThreadsHelp, kMayChange);
  fields.add("log_interval_s", &log_interval_s, "seconds between lines when not on a terminal",
             kMayChange);
  fields.add("checkpoint_interval_s", &checkpoint_interval_s,
             "seconds between checkpoints; 0: one after every step", kMayChange);
  fields.add("keep_checkpoints", &keep_checkpoints, "the newest so many stay, at least 1",
             kMayChange);
  fields.add("peer_timeout_s", &peer_timeout_s,
             "with several processes: seconds after which one that does not answer is given up",
             kMayChange);
  fields.add("dry_run", &dry_run, "true: take one step, say how long all take, write no model",
             kMayChange);
}

void validate(const LoopConfig& config) {
  check_least("epochs", config.epochs, 1);
  check_least("batch_size", config.batch_size, 1);
  check_least("micro_batch_size", config.micro_batch_size, 0);
  check_choice("schedule", config.schedule, {"cosine", "halving", "constant"});
  check_least("warmup_ratio", config.warmup_ratio, 0.0);
  if (config.warmup_ratio > 1.0) {
    throw std::invalid_argument(
        fmt::format("warmup_ratio is {}, but must be at most 1", config.warmup_ratio));
  }
  check_least("clip_norm", config.clip_norm, 0.0);
  check_choice("precision", config.precision, {"float32", "bfloat16"});
  check_least("max_steps", config.max_steps, 0);
  check_least("validate_every", config.validate_every, 0);
  check_choice("keep", config.keep, {"last", "best"});
  check_least("threads", config.threads, 0);
  check_least("keep_checkpoints", config.keep_checkpoints, 1);
  check_least("peer_timeout_s", config.peer_timeout_s, 1);
}

}  // namespace dali
