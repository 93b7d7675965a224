// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/model_factory.h"

#include "model/captioner/captioner.h"

namespace dali {

std::filesystem::path ModelFactory::embedded_directory() const {
  return embedded_model_directory();
}

std::shared_ptr<const CaptionEngine> ModelFactory::load(const EngineKey& key) const {
  return Captioner::load(key.directory, {.device = key.device, .precision = key.precision});
}

}  // namespace dali
