// SPDX-License-Identifier: LGPL-2.1-or-later
// A decoder's layers without gradients on the CPU: on rows of float32 in memory that is used again
// from layer to layer and from token to token, whatever the weights are.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/modulelist.h>

#include "model/base/model_config.h"
#include "model/language/decoder_layer.h"
#include "model/language/row_memory.h"

namespace dali {

enum class WantedRows {
  kAll,
  kLastOfEachSample,  // the last layer computes no others
};

// The pass's angles are float32, and it has no mask.
struct RowPass {
  const DecoderConfig& config;
  const RotaryAngles& angles;
  KeyValueCache* cache = nullptr;  // borrowed; null: the tokens see only each other
  RowMemory& memory;
  WantedRows wanted = WantedRows::kAll;
};

// embeddings [batch, tokens, width], any dtype -> what `layers`, DecoderLayers, make of them,
// [batch, tokens, width], or [batch, 1, width] where only the last rows are wanted: float32, in the
// pass's memory, borrowed until that is used again.
at::Tensor forward_rows(const torch::nn::ModuleList& layers, const at::Tensor& embeddings,
                        const RowPass& pass);

// row by row, in place: what RmsNorm::forward() does. rows [..., width], float32, contiguous.
void normalise_rows(const RmsNormImpl& norm, const at::Tensor& rows);

}  // namespace dali
