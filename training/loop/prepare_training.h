// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "training/loop/loop_config.h"
#include "training/loop/process_group.h"

namespace dali {

// Sets LibTorch's thread count, seeds its generator, lets the C library keep the memory that is
// freed, chooses the device and joins the other processes, if there are any. Called once, before a
// model is built: so every process draws the same weights. The model is then moved to the group's
// device, before a stage is made of it.
std::unique_ptr<ProcessGroup> prepare_training(const LoopConfig& config);

}  // namespace dali
