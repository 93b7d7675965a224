// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <optional>
#include <string>

#include "model/captioner/captioning_model.h"
#include "training/data/token_cache.h"

namespace dali {

// The tokens that a frozen vision tower gives of pictures, from a cache where they are kept.
//
// A picture's tokens are kept by its pixels as the tower takes them, and by all that the tower is:
// its weights as they are now, their precision, its configuration and the kind of device. So
// neither another model nor a changed picture is given what is not its own. On the CPU a picture is
// computed by itself, with a cache and without: in a batch the last bits depend on the other
// pictures. One thread at a time.
class ImageTokens {
 public:
  // Shares `model`; borrows `cache`, which may be null.
  explicit ImageTokens(CaptioningModel model, TokenCache* cache = nullptr);

  // pixels [batch, 3, image_size, image_size], normalised -> [batch, tokens, tower width], without
  // gradients, in the weights' dtype, on the model's device.
  torch::Tensor of(const torch::Tensor& pixels);

 private:
  torch::Tensor of_one(const torch::Tensor& pixels);
  const std::string& tower_identity();

  CaptioningModel model_;
  TokenCache* cache_;
  std::string identity_;  // of the tower; empty before it is asked for
  std::optional<at::ScalarType> identified_dtype_;
};

}  // namespace dali
