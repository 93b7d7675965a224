// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/patch_embedding.h"

#include "model/tensor/matrix_product.h"
#include "model/tensor/weight_initialisation.h"

namespace dali {

PatchEmbeddingImpl::PatchEmbeddingImpl(const PatchEmbeddingConfig& config)
    : weight(register_parameter("weight", random_weight({config.width, config.channels,
                                                         config.patch_size, config.patch_size}))) {
  if (config.has_bias) bias = register_parameter("bias", constant_weight({config.width}, 0));
}

torch::Tensor PatchEmbeddingImpl::forward(const torch::Tensor& picture) const {
  const auto width = weight.size(0);
  const auto channels = weight.size(1);
  const auto patch_size = weight.size(2);
  TORCH_CHECK(picture.dim() == 4 && picture.size(1) == channels &&
                  picture.size(2) % patch_size == 0 && picture.size(3) % patch_size == 0,
              "PatchEmbedding wants [batch, ", channels, ", rows, columns] in multiples of ",
              patch_size, ", got ", picture.sizes());
  const auto batch = picture.size(0);
  const auto patch_rows = picture.size(2) / patch_size;
  const auto patch_columns = picture.size(3) / patch_size;
  const auto patches =
      picture.to(weight.scalar_type())
          .reshape({batch, channels, patch_rows, patch_size, patch_columns, patch_size})
          .permute({0, 2, 4, 1, 3, 5})
          .reshape({batch * patch_rows * patch_columns, channels * patch_size * patch_size});
  return product_with_weight(patches, weight.view({width, -1}), bias)
      .view({batch, patch_rows * patch_columns, width});
}

}  // namespace dali
