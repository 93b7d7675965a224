#include "model/tensor/linear.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/addmv.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>

#include "model/tensor/weight_initialisation.h"

namespace dali {

namespace {

// rows [rows, input_width] · weightᵀ + bias -> [rows, output_width]
torch::Tensor product(const torch::Tensor& rows, const torch::Tensor& weight,
                      const torch::Tensor& bias) {
  // A decoder that writes a token multiplies one row. In float32 on the CPU the BLAS's product of a
  // matrix and a vector then reads the weights twice as fast as that of two matrices.
  const bool is_vector = rows.size(0) == 1 && weight.is_cpu() && weight.scalar_type() == at::kFloat;
  if (is_vector) {
    return bias.defined() ? at::addmv(bias, weight, rows[0]) : at::mv(weight, rows[0]);
  }
  return bias.defined() ? at::addmm(bias, rows, weight.t()) : at::mm(rows, weight.t());
}

}  // namespace

LinearImpl::LinearImpl(const LinearConfig& config) {
  TORCH_CHECK(config.input_width > 0 && config.output_width > 0,
              "Linear wants widths above 0, got ", config.input_width, " -> ", config.output_width);
  weight = register_parameter("weight", random_weight({config.output_width, config.input_width}));
  if (config.has_bias) bias = register_parameter("bias", constant_weight({config.output_width}, 0));
}

torch::Tensor LinearImpl::forward(const torch::Tensor& x) const {
  TORCH_CHECK(x.dim() >= 1 && x.size(-1) == weight.size(1), "Linear wants [..., ", weight.size(1),
              "], got ", x.sizes());
  // One matrix product over all rows: for three dimensions LibTorch would choose between this and a
  // batch of products by strides and version.
  const auto rows = x.to(weight.scalar_type()).reshape({-1, weight.size(1)});
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return product(rows, weight, bias).view(shape);
}

}  // namespace dali
