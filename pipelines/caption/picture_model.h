// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// A model as it describes pictures. One that was taught to hear by a prefix says what a picture
// sounds like as well, unless the prefix is left out: an overlay of the model, in a folder of its
// own that goes with this, does that.
class PictureModel {
 public:
  // As --model has it; empty: the embedded one. A served model, and what is no model, stay what
  // they are. Throws FileError where the folder cannot be made.
  explicit PictureModel(const std::filesystem::path& model);
  ~PictureModel();
  PictureModel(const PictureModel&) = delete;
  PictureModel& operator=(const PictureModel&) = delete;

  // What --model is instead.
  const std::filesystem::path& model() const { return model_; }

 private:
  std::filesystem::path folder_;  // of the overlay; empty: there is none
  std::filesystem::path model_;
};

}  // namespace dali
