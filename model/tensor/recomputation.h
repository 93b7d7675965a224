// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace dali {

// function(input), without keeping what backward() will need of it: backward() calls `function`
// once more. A deep network then holds one tensor a layer instead of all that a layer computes.
// Gradients reach `input` and, by backward() alone, not by grad(), the parameters that `function`
// uses. `function` must give the same again, and is kept until the result is gone. Without
// gradients, or where `input` needs none, it is simply called.
at::Tensor recomputed(const std::function<at::Tensor(const at::Tensor& input)>& function,
                      const at::Tensor& input);

// True on a thread while recomputed() calls `function` for the first time, which LibTorch does
// without recording gradients: whoever has another way for that takes the way with gradients, so
// that the second pass gives the same numbers.
bool will_be_computed_again();

}  // namespace dali
