#include "model/tensor/matrix_product.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include <algorithm>

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

// In float32, some rows of the weight at a time: widened as a whole it would take twice its memory.
at::Tensor widened_product(const at::Tensor& rows, const at::Tensor& weight,
                           const at::Tensor& bias) {
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
