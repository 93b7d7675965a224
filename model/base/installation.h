// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace dali {

// The one place that knows where what is installed together lies: programs, libdali-model, its
// module, the plugin and the models. A tree of them may be staged or moved as a whole, so each
// finds the others from where it was loaded itself. All functions may be called from any thread.

enum class InstalledFolder {
  kPrograms,
  kLibraries,  // libdali-model
  kModules,    // what libdali-model opens by name
  kPlugins,    // the plugin, in a folder as GStreamer scans them
  kModels,     // a folder for each model
};

// The folder of the program, library or plugin that the code at this address lies in, without
// symbolic links; empty where the system does not tell. Code that is linked into a program and into
// a library that it loads is the program's for both, unless nobody else sees it.
std::filesystem::path folder_of(const void* code);

// `name` in `folder` of the tree that this code was installed in. Empty where there is no such file
// or folder, and where this code lies in no such tree: in a build folder, or copied out of one.
std::filesystem::path own_installed_file(InstalledFolder folder, std::string_view name);

// The same; where that is empty `name` in `folder` of the prefix that the build was configured for,
// which need not exist.
std::filesystem::path installed_file(InstalledFolder folder, std::string_view name);

}  // namespace dali
