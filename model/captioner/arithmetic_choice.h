// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

namespace dali {

// How fast this processor multiplies large matrices, in GFLOP/s: each type in its own arithmetic,
// and bfloat16 weights that are widened to float32 block by block.
struct ProductRates {
  double float32 = 0.0;
  double bfloat16 = 0.0;  // 0 on a processor that has no products of bfloat16
  double widened = 0.0;

  bool operator==(const ProductRates&) const = default;
};

// Where rates come from. Those that are kept lead to the same choice for ever; those that are
// measured whenever a model is loaded must not, so more is asked of them to leave the default.
enum class RatesOrigin { kKept, kMeasuredEachTime };

// What a model is loaded in when the user leaves it to us, and why, as the end of a sentence that
// begins with what was chosen.
enum class LoadedPrecision { kFloat32, kBFloat16 };
struct PrecisionChoice {
  LoadedPrecision precision = LoadedPrecision::kFloat32;
  std::string reason;
};

// Models below this are loaded in float32 without any measuring: they take no time in either, and
// lose nothing then.
constexpr std::size_t kSmallModelBytes = std::size_t{64} << 20;
// Beyond this, float32 would fill the memory of the machines that a captioner runs on.
constexpr std::size_t kLargestInFloat32Bytes = std::size_t{4} << 30;

// float32_bytes: what the weights take in float32. The default between the two bounds is float32.
PrecisionChoice chosen_precision(std::size_t float32_bytes, const ProductRates& rates,
                                 RatesOrigin origin);

// The same where nothing is measured: by size alone.
PrecisionChoice precision_by_size(std::size_t float32_bytes);

// Whether bfloat16 weights are better multiplied in float32. The default is not to.
bool is_faster_widened(const ProductRates& rates, RatesOrigin origin);

// "multiplied in float32, which is 1.9 times as fast here"
std::string arithmetic_reason(const ProductRates& rates, RatesOrigin origin);

}  // namespace dali
