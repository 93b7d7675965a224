// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/linear.h"

#include "model/tensor/matrix_product.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {

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
  return product_with_weight(rows, weight, bias).view(shape);
}

}  // namespace dali
