// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/model_library.h"

namespace dali {
namespace {

std::shared_ptr<const CaptionEngine> load(const std::filesystem::path& directory,
                                          const LoadOptions& options) {
  return Captioner::load(directory, options);
}

}  // namespace
}  // namespace dali

extern "C" const dali::ModelLibrary* dali_model_library();

const dali::ModelLibrary* dali_model_library() {
  static constexpr dali::ModelLibrary library{
      .version = DALI_VERSION, .layout = dali::kModelLibraryLayout, .load = dali::load};
  return &library;
}
