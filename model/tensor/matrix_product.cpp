// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/matrix_product.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "model/tensor/threads.h"

namespace dali {
namespace {

// Rows of a weight that are widened together: 4 MB of float32 at 4096 inputs, so that the product
// finds them in a cache.
constexpr int64_t kWidenedRows = 256;

// What oneDNN's bfloat16 products ask for.
bool has_bfloat16_products() {
#if defined(__x86_64__)
  static const bool has_avx512 = __builtin_cpu_supports("avx512bw") != 0 &&
                                 __builtin_cpu_supports("avx512vl") != 0 &&
                                 __builtin_cpu_supports("avx512dq") != 0;
  return has_avx512;
#else
  return true;
#endif
}

// A decoder that writes a token multiplies one row. In float32 on the CPU the BLAS's product of a
// matrix and a vector then reads the weights several times as fast as that of two matrices.
bool is_vector(const at::Tensor& rows) {
  return rows.size(0) == 1 && rows.is_cpu() && rows.scalar_type() == at::kFloat;
}

at::Tensor product(const at::Tensor& rows, const at::Tensor& weight) {
  return is_vector(rows) ? at::mv(weight, rows[0]).unsqueeze(0) : at::mm(rows, weight.t());
}

// Vectors of 128 bits, which every x86-64 has.
using Words [[gnu::vector_size(16)]] = std::uint32_t;
using Floats [[gnu::vector_size(16)]] = float;
constexpr int64_t kLanes = 4;
// Weights that are worked on together: two vectors of words with two weights each, for sums that do
// not wait for each other's additions.
constexpr int64_t kWeightsAtOnce = 4 * kLanes;

template <typename Vector>
Vector loaded(const void* unaligned) {
  Vector vector;
  std::memcpy(&vector, unaligned, sizeof vector);
  return vector;
}

// A bfloat16 is the upper half of the float32 that it stands for: of two neighbours in a word a
// shift leaves the first and a mask the second.
Floats first_of_pairs(Words pairs) {
  return reinterpret_cast<Floats>(pairs << 16);
}
Floats second_of_pairs(Words pairs) {
  return reinterpret_cast<Floats>(pairs & 0xFFFF0000U);
}

// weight [rows, width], width a multiple of kWeightsAtOnce; row [2, width / 2], the even and the
// odd elements of the row -> result [rows].
void multiply_rows(const c10::BFloat16* weight, const float* row, int64_t rows, int64_t width,
                   float* result) {
  const float* const evens = row;
  const float* const odds = row + width / 2;
  for (int64_t output = 0; output < rows; ++output, weight += width) {
    Floats sums[4] = {};
    for (int64_t input = 0; input < width; input += kWeightsAtOnce) {
      const auto former = loaded<Words>(weight + input);
      const auto latter = loaded<Words>(weight + input + kWeightsAtOnce / 2);
      const auto pair = input / 2;
      sums[0] += first_of_pairs(former) * loaded<Floats>(evens + pair);
      sums[1] += second_of_pairs(former) * loaded<Floats>(odds + pair);
      sums[2] += first_of_pairs(latter) * loaded<Floats>(evens + pair + kLanes);
      sums[3] += second_of_pairs(latter) * loaded<Floats>(odds + pair + kLanes);
    }
    const Floats lanes = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    result[output] = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  }
}

// One row times a bfloat16 weight, in float32: every weight is read once and widened in a register.
// By way of a widened block it would pass the caches three times, at half the speed.
at::Tensor widened_row_product(const at::Tensor& row, const at::Tensor& weight) {
  const auto width = weight.size(1);
  const auto pairs = row.to(at::kFloat).view({width / 2, 2}).t().contiguous();
  const auto result = at::empty({1, weight.size(0)}, pairs.options());
  const auto* const weights = weight.data_ptr<at::BFloat16>();
  const float* const factors = pairs.data_ptr<float>();
  float* const sums = result.data_ptr<float>();
  constexpr int64_t kLeastRows = 32;  // that are worth waking another thread
  in_parts(weight.size(0), kLeastRows, [&](int64_t first, int64_t end) {
    multiply_rows(weights + first * width, factors, end - first, width, sums + first);
  });
  return result;
}

// In float32, some rows of the weight at a time: widened as a whole it would take twice its memory.
at::Tensor widened_product(const at::Tensor& rows, const at::Tensor& weight,
                           const at::Tensor& bias) {
  const bool fits_vectors = weight.is_contiguous() && weight.size(1) % kWeightsAtOnce == 0;
  if (rows.size(0) == 1 && fits_vectors) {
    auto sums = widened_row_product(rows, weight);
    if (bias.defined()) sums.add_(bias);
    return sums.to(rows.scalar_type());
  }
  const auto output_width = weight.size(0);
  const auto exact_rows = rows.to(at::kFloat);
  const auto exact_options = exact_rows.options();
  const auto block =
      at::empty({std::min(kWidenedRows, output_width), weight.size(1)}, exact_options);
  const auto result = at::empty({rows.size(0), output_width}, rows.options());
  for (int64_t first = 0; first < output_width; first += kWidenedRows) {
    const auto count = std::min(kWidenedRows, output_width - first);
    const auto widened = block.narrow(0, 0, count).copy_(weight.narrow(0, first, count));
    auto columns = product(exact_rows, widened);
    if (bias.defined()) columns.add_(bias.narrow(0, first, count));
    result.narrow(1, first, count).copy_(columns);
  }
  return result;
}

}  // namespace

bool is_better_widened(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kBFloat16 && !at::GradMode::is_enabled() &&
         !has_bfloat16_products();
}

at::Tensor product_with_weight(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias) {
  if (is_better_widened(weight)) return widened_product(rows, weight, bias);
  if (!bias.defined()) return product(rows, weight);
  return is_vector(rows) ? at::addmv(bias, weight, rows[0]).unsqueeze(0)
                         : at::addmm(bias, rows, weight.t());
}

}  // namespace dali
