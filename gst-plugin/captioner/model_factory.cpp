// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/model_factory.h"

#include "gst-plugin/captioner/opened_model_library.h"
#include "model/base/embedded_model.h"

namespace dali {

std::filesystem::path ModelFactory::embedded_directory() const {
  return embedded_model_directory();
}

void ModelFactory::prepare() const {
  opened_model_library();
}

std::shared_ptr<const CaptionEngine> ModelFactory::load(const EngineKey& key) const {
  return opened_model_library().load(key.directory,
                                     {.device = key.device, .precision = key.precision});
}

}  // namespace dali
