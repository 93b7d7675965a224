// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/engine_pool.h"

#include <system_error>
#include <utility>

namespace dali {

EnginePool& EnginePool::shared() {
  static EnginePool pool;
  return pool;
}

void EnginePool::set_factory(std::shared_ptr<const EngineFactory> factory) {
  const std::lock_guard lock(mutex_);
  factory_ = std::move(factory);
}

std::shared_ptr<const EngineFactory> EnginePool::factory() {
  const std::lock_guard lock(mutex_);
  if (!factory_) throw CaptionError("nothing that loads models is registered");
  return factory_;
}

void EnginePool::prepare(EngineKey key) {
  const std::shared_ptr<const EngineFactory> factory = this->factory();
  if (key.directory.empty()) key.directory = factory->embedded_directory();
  factory->prepare(key);
}

std::shared_ptr<const CaptionEngine> EnginePool::engine(EngineKey key) {
  const std::shared_ptr<const EngineFactory> factory = this->factory();
  if (key.directory.empty()) key.directory = factory->embedded_directory();
  // Two spellings of one directory are one model. What cannot be resolved is left for the factory
  // to name in its error.
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::canonical(key.directory, error);
  if (!error) key.directory = std::move(resolved);

  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot>& found = slots_[key];
    if (!found) found = std::make_shared<Slot>();
    slot = found;
  }
  const std::lock_guard loading(slot->loading);
  std::shared_ptr<const CaptionEngine> engine = slot->engine.lock();
  if (!engine) {
    engine = factory->load(key);
    slot->engine = engine;
  }
  return engine;
}

}  // namespace dali
