// SPDX-License-Identifier: LGPL-2.1-or-later
// The door between the GStreamer plugin and libdali-model, which the plugin opens by name when a
// model is first wanted, and does not link: LibTorch takes half a second and 160 MB, and every
// program that looks through GStreamer's registry, or has one of our elements of text, would pay.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "model/captioner/caption_engine.h"
#include "model/captioner/captioner.h"

namespace dali {

// What the library offers. C++ passes the door, exceptions too, so both sides have to be of one
// build: `version` and `layout` are compared before anything else is touched, and stay the first
// two members.
struct ModelLibrary {
  const char* version;  // DALI_VERSION
  std::size_t layout;   // kModelLibraryLayout

  // Captioner::load(); throws CaptionError as it does.
  std::shared_ptr<const CaptionEngine> (*load)(const std::filesystem::path& directory,
                                               const LoadOptions& options);
};

// The sizes of what passes, which differ between two states of the sources, or of the C++ library,
// sooner than the version does.
inline constexpr std::size_t kModelLibraryLayout =
    (((sizeof(Window) * 1024 + sizeof(Caption)) * 1024 + sizeof(CaptionRequest)) * 1024 +
     sizeof(LoadOptions)) *
        1024 +
    sizeof(std::filesystem::path);

// The one symbol that the plugin looks up: a C function that returns the library's table.
using ModelLibraryEntry = const ModelLibrary*();
inline constexpr const char* kModelLibraryEntry = "dali_model_library";

}  // namespace dali
