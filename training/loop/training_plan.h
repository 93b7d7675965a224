// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "training/loop/example_order.h"
#include "training/loop/loop_config.h"
#include "training/loop/stage.h"

namespace dali {

// What a configuration makes of a run before its first step.

// How many steps there will be, over all epochs.
std::int64_t planned_steps(const LoopConfig& config, const ExampleOrder& order);

// What learning rates are multiplied with in a step, counted from 0, of an epoch, counted from 1.
double schedule_factor(const LoopConfig& config, std::int64_t step, std::int64_t total_steps,
                       int epoch);

// Throws std::invalid_argument where the configuration makes no sense, or none for this stage.
void check_plan(const LoopConfig& config, const Stage& stage);

}  // namespace dali
