// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/matrix_product.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <c10/util/Optional.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "model/tensor/few_rows_product.h"
#include "model/tensor/onednn_product.h"

namespace dali {
namespace {

// Rows of a weight that are widened together: 4 MB of float32 at 4096 inputs, so that the product
// finds them in a cache.
constexpr int64_t kWidenedRows = 256;

std::atomic<Bfloat16Arithmetic> chosen_arithmetic = Bfloat16Arithmetic::kOwn;

ProductType product_type(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat ? ProductType::kFloat32 : ProductType::kBFloat16;
}

// What this file multiplies itself. LibTorch has the rest: other devices and dtypes, and products
// that are empty.
bool is_ours(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias) {
  const auto dtype = weight.scalar_type();
  return weight.is_cpu() && rows.is_cpu() && (dtype == at::kFloat || dtype == at::kBFloat16) &&
         rows.scalar_type() == dtype && (!bias.defined() || bias.scalar_type() == dtype) &&
         rows.numel() > 0 && weight.numel() > 0;
}

at::Tensor product_of_libtorch(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias) {
  return bias.defined() ? at::addmm(bias, rows, weight.t()) : at::mm(rows, weight.t());
}

// A matrix whose numbers lie as MatrixInMemory wants them. Holds its memory.
struct Placed {
  at::Tensor holder;
  MatrixInMemory place;
};

Placed placed(const at::Tensor& matrix) {
  const auto height = matrix.size(0);
  const auto width = matrix.size(1);
  // Of a dimension with one number the step is anything.
  if (matrix.is_contiguous()) return {matrix, {matrix.data_ptr(), width, 1}};
  if (matrix.t().is_contiguous()) return {matrix, {matrix.data_ptr(), 1, height}};
  const auto row_step = matrix.stride(0);
  const auto column_step = matrix.stride(1);
  const bool is_plain = (column_step == 1 && row_step >= width && height > 1) ||
                        (row_step == 1 && column_step >= height && width > 1);
  if (is_plain) return {matrix, {matrix.data_ptr(), row_step, column_step}};
  const auto copy = matrix.contiguous();
  return {copy, {copy.data_ptr(), width, 1}};
}

at::Tensor product_of_onednn(const at::Tensor& rows, const at::Tensor& weight,
                             const at::Tensor& bias) {
  const auto left = placed(rows);
  const auto right = placed(weight.t());
  const auto added = bias.defined() ? bias.contiguous() : bias;
  const auto result = at::empty({rows.size(0), weight.size(0)}, rows.options());
  multiply_by_onednn({.type = product_type(weight),
                      .rows = rows.size(0),
                      .inner = rows.size(1),
                      .columns = weight.size(0),
                      .left = left.place,
                      .right = right.place,
                      .bias = added.defined() ? added.data_ptr() : nullptr,
                      .result = result.data_ptr(),
                      .threads = at::get_num_threads()});
  return result;
}

bool are_few(const at::Tensor& rows, const at::Tensor& weight) {
  return rows.size(0) <= kFewRows && weight.stride(1) == 1 && weight.stride(0) >= weight.size(1);
}

at::Tensor product_of_few_rows(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias) {
  const auto exact_rows = rows.to(at::kFloat).contiguous();
  const auto result = at::empty({rows.size(0), weight.size(0)}, exact_rows.options());
  multiply_few_rows({.rows = exact_rows.data_ptr<float>(),
                     .count = rows.size(0),
                     .width = rows.size(1),
                     .weight = weight.data_ptr(),
                     .is_bfloat16 = weight.scalar_type() == at::kBFloat16,
                     .weight_step = weight.stride(0),
                     .outputs = weight.size(0),
                     .result = result.data_ptr<float>()});
  if (bias.defined()) result.add_(bias);
  return result.to(rows.scalar_type());
}

// For numbers of the type that is multiplied.
at::Tensor product_as_it_is(const at::Tensor& rows, const at::Tensor& weight,
                            const at::Tensor& bias) {
  return onednn_multiplies(product_type(weight)) ? product_of_onednn(rows, weight, bias)
                                                 : product_of_libtorch(rows, weight, bias);
}

// In float32, some rows of the weight at a time: widened as a whole it would take twice its memory.
at::Tensor widened_product(const at::Tensor& rows, const at::Tensor& weight,
                           const at::Tensor& bias) {
  const auto output_width = weight.size(0);
  const auto exact_rows = rows.to(at::kFloat);
  const auto result = at::empty({rows.size(0), output_width}, rows.options());
  for (int64_t first = 0; first < output_width; first += kWidenedRows) {
    const auto count = std::min(kWidenedRows, output_width - first);
    const auto block = weight.narrow(0, first, count).to(at::kFloat);
    auto columns = product_as_it_is(exact_rows, block, {});
    if (bias.defined()) columns.add_(bias.narrow(0, first, count));
    result.narrow(1, first, count).copy_(columns);
  }
  return result;
}

at::Tensor product_without_gradient(const at::Tensor& rows, const at::Tensor& weight,
                                    const at::Tensor& bias) {
  if (are_few(rows, weight)) return product_of_few_rows(rows, weight, bias);
  return weight.scalar_type() == at::kBFloat16
             ? product_by_arithmetic(rows, weight, bias, bfloat16_arithmetic())
             : product_as_it_is(rows, weight, bias);
}

struct DifferentiableProduct : torch::autograd::Function<DifferentiableProduct> {
  // LibTorch calls this without recording gradients.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& rows,
                            const at::Tensor& weight, const c10::optional<at::Tensor>& bias) {
    // A frozen weight's rows, and the weight of rows that nothing was learned before, may go.
    context->save_for_backward({weight.requires_grad() ? rows : at::Tensor(),
                                rows.requires_grad() ? weight : at::Tensor()});
    context->saved_data["has_bias"] = bias.has_value();
    return product_without_gradient(rows, weight, bias.value_or(at::Tensor()));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& gradient = gradients.front();  // [rows, output_width]
    torch::autograd::variable_list of_inputs(3);
    if (context->needs_input_grad(0)) {
      of_inputs[0] = product_with_weight(gradient, saved[1].t(), {});
    }
    if (context->needs_input_grad(1)) {
      of_inputs[1] = product_with_weight(gradient.t(), saved[0].t(), {});
    }
    const bool has_bias = context->saved_data["has_bias"].toBool();
    if (has_bias && context->needs_input_grad(2)) of_inputs[2] = gradient.sum(0);
    return of_inputs;
  }
};

bool needs_gradient(const at::Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

}  // namespace

bool can_choose_bfloat16_arithmetic() {
  return onednn_multiplies(ProductType::kBFloat16);
}

void set_bfloat16_arithmetic(Bfloat16Arithmetic arithmetic) {
  chosen_arithmetic = arithmetic;
}

Bfloat16Arithmetic bfloat16_arithmetic() {
  return can_choose_bfloat16_arithmetic() ? chosen_arithmetic.load() : Bfloat16Arithmetic::kWidened;
}

at::Tensor product_by_arithmetic(const at::Tensor& rows, const at::Tensor& weight,
                                 const at::Tensor& bias, Bfloat16Arithmetic arithmetic) {
  return arithmetic == Bfloat16Arithmetic::kWidened ? widened_product(rows, weight, bias)
                                                    : product_as_it_is(rows, weight, bias);
}

bool is_better_widened(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kBFloat16 &&
         bfloat16_arithmetic() == Bfloat16Arithmetic::kWidened;
}

at::Tensor product_with_weight(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias) {
  if (!is_ours(rows, weight, bias)) return product_of_libtorch(rows, weight, bias);
  const bool is_differentiated =
      at::GradMode::is_enabled() &&
      (needs_gradient(rows) || needs_gradient(weight) || needs_gradient(bias));
  if (!is_differentiated) return product_without_gradient(rows, weight, bias);
  return DifferentiableProduct::apply(
      rows, weight, bias.defined() ? c10::optional<at::Tensor>(bias) : c10::nullopt);
}

}  // namespace dali
