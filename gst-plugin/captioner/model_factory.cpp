// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/model_factory.h"

#include "gst-plugin/captioner/opened_model_library.h"
#include "model/base/embedded_model.h"
#include "model/base/model_folders.h"
#include "model/service/remote_engine.h"

namespace dali {

std::filesystem::path ModelFactory::embedded_directory() const {
  return embedded_model_directory();
}

void ModelFactory::prepare(const EngineKey& key) const {
  if (!is_model_socket(key.directory)) opened_model_library();
}

std::shared_ptr<const CaptionEngine> ModelFactory::load(const EngineKey& key) const {
  if (is_model_socket(key.directory)) return std::make_shared<RemoteEngine>(key.directory);
  return opened_model_library().load(key.directory,
                                     {.device = key.device, .precision = key.precision});
}

}  // namespace dali
