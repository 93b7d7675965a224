// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst-plugin/session/engine_pool.h"

namespace dali {

// Loads models with the Captioner of libdali-model, which it opens when it is first needed. What
// another process serves at a socket it connects to, without that library.
class ModelFactory final : public EngineFactory {
 public:
  std::filesystem::path embedded_directory() const override;
  void prepare(const EngineKey& key) const override;
  std::shared_ptr<const CaptionEngine> load(const EngineKey& key) const override;
};

}  // namespace dali
