// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// Draws every figure of `metrics` (a metrics.jsonl) over the steps, one panel a figure, steps and
// validations in different colours, into `picture`, an SVG. Long runs are drawn by the means of
// neighbouring steps. Throws std::runtime_error naming the file that cannot be read or written.
void draw_curves(const std::filesystem::path& metrics, const std::filesystem::path& picture);

}  // namespace dali
