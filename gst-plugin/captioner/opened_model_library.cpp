// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/opened_model_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "gst-plugin/captioner/library_search.h"
#include "gst-plugin/session/engine_pool.h"

namespace dali {
namespace {

constexpr const char* kHowToInstall =
    "; install gst-dali's plugin and library from one build, and LibTorch (libtorch1.13 in Debian "
    "12)";

[[noreturn]] void fail(const std::string& what) {
  throw EngineLibraryError(what + kHowToInstall);
}

// The path of the file that `address` lies in.
std::string file_of(const void* address) {
  Dl_info info;
  return dladdr(address, &info) != 0 ? info.dli_fname : DALI_MODEL_LIBRARY;
}

const ModelLibrary& open_library() {
  const std::filesystem::path found = found_library(DALI_MODEL_LIBRARY);
  if (is_cut_short(found)) fail(found.string() + ": ends too early, a copy that was broken off");
  // RTLD_NOW, so that what does not fit is found here and not in the middle of a stream.
  void* handle = dlopen(found.empty() ? DALI_MODEL_LIBRARY : found.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail("cannot load " DALI_MODEL_LIBRARY ": " + std::string(dlerror()));
  void* entry = dlsym(handle, kModelLibraryEntry);
  if (entry == nullptr) {
    fail("cannot use " DALI_MODEL_LIBRARY ", which is of another gst-dali: " +
         std::string(dlerror()));
  }
  const ModelLibrary& library = *reinterpret_cast<ModelLibraryEntry*>(entry)();
  if (std::string_view(library.version) != DALI_VERSION) {
    fail(file_of(entry) + ": is of gst-dali " + library.version + ", and the plugin of " +
         DALI_VERSION);
  }
  if (library.layout != kModelLibraryLayout) {
    fail(file_of(entry) + ": is of another build of gst-dali " DALI_VERSION " than the plugin");
  }
  return library;
}

}  // namespace

const ModelLibrary& opened_model_library() {
  static std::mutex mutex;
  static const ModelLibrary* opened = nullptr;
  const std::lock_guard lock(mutex);
  if (opened == nullptr) opened = &open_library();
  return *opened;
}

}  // namespace dali
