// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include "model/captioner/captioning_model.h"
#include "model/kernels/quantised_matrix.h"

namespace dali {

// Which weights of a model are stored as integers, by their names, and in which format. They are
// the matrices that rows of activations are multiplied with, in whole groups of inputs:
//
// - those of the decoder's layers in `format`: nearly all of the weights, read for every token. Of
//   int4 the first layer is left out and is int8: all others work on what its roundings make of the
//   tokens, and it costs a fiftieth of seven billion weights' memory;
// - the decoder's head, both towers and the projectors in int8 always. They are a twentieth of 7
//   billion weights: int4 would save little, and all words depend on them.
//
// Everything else stays as it is: embeddings are looked up and not multiplied; norms, biases,
// positions and the prefix are too few to count; patches are multiplied once a window.
std::map<std::string, WeightFormat> integer_formats(const CaptioningModel& model,
                                                    WeightFormat format);

}  // namespace dali
