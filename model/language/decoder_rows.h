// SPDX-License-Identifier: LGPL-2.1-or-later
// A decoder's layers without gradients on the CPU: on rows of float32 in memory that is used again
// from layer to layer and from token to token, whatever the weights are.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/modulelist.h>

#include <span>

#include "model/base/model_config.h"
#include "model/language/decoder_layer.h"
#include "model/language/row_memory.h"

namespace dali {

enum class WantedRows {
  kAll,
  kLastOfEachSample,  // the last layer computes no others
};

// The pass's angles are float32, and it has no mask. Where several samples have a cache each, of
// whatever length, the pass has one token of each, the angles are theirs in turn, and what comes
// out for a sample does not depend on the others, bit by bit: it is what the sample yields alone.
struct RowPass {
  const DecoderConfig& config;
  const RotaryAngles& angles;
  // Borrowed. None: the tokens see only each other; one: of the whole batch; else one a sample.
  std::span<KeyValueCache* const> caches = {};
  RowMemory& memory;
  WantedRows wanted = WantedRows::kAll;
};

// embeddings [batch, tokens, width], any dtype -> what `layers`, DecoderLayers, make of them,
// [batch, tokens, width], or [batch, 1, width] where only the last rows are wanted: float32, in the
// pass's memory, borrowed until that is used again.
at::Tensor forward_rows(const torch::nn::ModuleList& layers, const at::Tensor& embeddings,
                        const RowPass& pass);

// linear(rows) [rows, output_width], each row as it is for it alone, bit by bit: products of
// floating point depend on how many rows there are, but for the few that are multiplied while the
// weights are read.
at::Tensor product_of_each_row(const LinearImpl& linear, const at::Tensor& rows);

// row by row, in place: what RmsNorm::forward() does. rows [..., width], float32, contiguous.
void normalise_rows(const RmsNormImpl& norm, const at::Tensor& rows);

}  // namespace dali
