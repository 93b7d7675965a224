// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "training/loop/stage.h"

namespace dali {

// The mean figures of examples 0 .. count - 1, measured in small batches and without gradients;
// none where nothing can be measured.
Metrics mean_figures(
    std::int64_t count,
    const std::function<BatchFigures(std::span<const std::int64_t> examples)>& measure);

}  // namespace dali
