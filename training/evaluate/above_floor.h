// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "model/captioner/captioner.h"
#include "training/losses/attentive_transport.h"

namespace dali {

// A caption, and of how many of its picture's tokens it was made.
struct AboveFloorCaption {
  Caption caption;
  std::int64_t shown_tokens = 0;
  std::int64_t tokens = 0;
};

// Captions pictures from those of their tokens alone that attentive transport weighs more than the
// floor (is_above_floor()), as the scorers say that were trained with the model's audio tower. Of a
// picture with all tokens above it the captions are Captioner's, bit by bit. One thread at a time.
class AboveFloorCaptioner {
 public:
  // `directory`: the model's, which dali-align wrote. Shares the captioner. Throws
  // std::runtime_error naming the file of scorers when that is not there, or not of this model.
  AboveFloorCaptioner(std::shared_ptr<Captioner> captioner, const std::filesystem::path& directory);

  // Throws std::runtime_error naming the file when the model has no scorers.
  static void check(const std::filesystem::path& directory);

  // The window has sound and picture, for the scorers look at both; the decoder is shown tokens of
  // what request.modality, which is not kAudio, looks at. Borrows samples and pixels. Throws
  // CaptionError as CaptionEngine::describe().
  AboveFloorCaption describe(const Window& window, const CaptionRequest& request);

 private:
  std::shared_ptr<Captioner> captioner_;
  AttentiveTransport scorers_;
};

}  // namespace dali
