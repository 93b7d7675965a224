// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/arithmetic_choice.h"

#include <cstdio>

namespace dali {
namespace {

// So many times as fast as the default must another way be. Two measurements of one machine that
// others use differ by a fifth.
double margin(RatesOrigin origin) {
  return origin == RatesOrigin::kKept ? 1.3 : 1.6;
}

std::string times(double ratio) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f times", ratio);
  return text;
}

std::string in_gigabytes(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", 1e-9 * static_cast<double>(bytes));
  return text;
}

}  // namespace

PrecisionChoice precision_by_size(std::size_t float32_bytes) {
  const auto size = in_gigabytes(float32_bytes) + " in float32";
  return float32_bytes > kLargestInFloat32Bytes
             ? PrecisionChoice{LoadedPrecision::kBFloat16, "as the weights would take " + size}
             : PrecisionChoice{LoadedPrecision::kFloat32,
                               "as the weights take no more than " + size};
}

PrecisionChoice chosen_precision(std::size_t float32_bytes, const ProductRates& rates,
                                 RatesOrigin origin) {
  if (float32_bytes > kLargestInFloat32Bytes) return precision_by_size(float32_bytes);
  if (float32_bytes < kSmallModelBytes) {
    return {LoadedPrecision::kFloat32, "as a small model is fast in any precision"};
  }
  if (rates.bfloat16 == 0.0) {
    return {LoadedPrecision::kFloat32, "as this processor has no products of bfloat16"};
  }
  const bool is_bfloat16 = rates.bfloat16 > margin(origin) * rates.float32;
  return {is_bfloat16 ? LoadedPrecision::kBFloat16 : LoadedPrecision::kFloat32,
          "as products in bfloat16 are " + times(rates.bfloat16 / rates.float32) +
              " as fast as in float32 here"};
}

bool is_faster_widened(const ProductRates& rates, RatesOrigin origin) {
  return rates.widened > margin(origin) * rates.bfloat16;
}

std::string arithmetic_reason(const ProductRates& rates, RatesOrigin origin) {
  if (rates.bfloat16 == 0.0) {
    return "multiplied in float32, as this processor has no products of bfloat16";
  }
  const auto ratio = times(rates.widened / rates.bfloat16);
  return is_faster_widened(rates, origin)
             ? "multiplied in float32, which is " + ratio + " as fast here"
             : "multiplied in bfloat16, as float32 would be " + ratio + " as fast here";
}

}  // namespace dali
