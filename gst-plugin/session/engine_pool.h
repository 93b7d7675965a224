// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "model/captioner/caption_engine.h"

namespace dali {

// What makes two engines the same.
struct EngineKey {
  std::filesystem::path directory;
  std::string device;
  std::string precision;
  std::strong_ordering operator<=>(const EngineKey& other) const {
    if (const int order = directory.compare(other.directory)) return order <=> 0;
    if (const auto order = device <=> other.device; order != 0) return order;
    return precision <=> other.precision;
  }
  bool operator==(const EngineKey& other) const { return (*this <=> other) == 0; }
};

// What loads engines cannot be loaded itself: a matter of what is installed, not of the model.
class EngineLibraryError : public CaptionError {
 public:
  using CaptionError::CaptionError;
};

// Where engines come from: the plugin has one that loads models, a test one that makes fakes.
// Called from any thread.
class EngineFactory {
 public:
  virtual ~EngineFactory() = default;
  virtual std::filesystem::path embedded_directory() const = 0;
  // Brings into the process what such an engine needs beside its model. Throws EngineLibraryError.
  virtual void prepare(const EngineKey&) const {}
  virtual std::shared_ptr<const CaptionEngine> load(
      const EngineKey& key) const = 0;  // throws CaptionError
};

// Lends engines: elements with the same model, device and precision share one copy of its weights,
// which goes with its last user. Any thread may call it.
class EnginePool {
 public:
  // The one that all elements of a process share.
  static EnginePool& shared();

  // For engines loaded from now on.
  void set_factory(std::shared_ptr<const EngineFactory> factory);

  // What engine() begins with, for those who want that done apart. Throws EngineLibraryError.
  void prepare(EngineKey key);

  // Blocks while the engine loads; a second caller waits for the first one's engine. An empty
  // directory means the embedded model. Throws what the factory throws.
  std::shared_ptr<const CaptionEngine> engine(EngineKey key);

 private:
  std::shared_ptr<const EngineFactory> factory();  // throws CaptionError when there is none

  struct Slot {
    std::mutex loading;  // held while the engine loads; guards `engine`
    std::weak_ptr<const CaptionEngine> engine;
  };

  std::mutex mutex_;  // guards what follows; taken before no other lock
  std::shared_ptr<const EngineFactory> factory_;
  std::map<EngineKey, std::shared_ptr<Slot>> slots_;
};

}  // namespace dali
