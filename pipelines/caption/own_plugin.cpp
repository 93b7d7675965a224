// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/own_plugin.h"

#include <gst/gst.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "model/base/installation.h"
#include "model/base/one_line.h"
#include "pipelines/caption/errors.h"

namespace dali {
namespace {

constexpr const char* kPluginFile = "libgstdali.so";

// GStreamer looks into those folders and all below them.
bool user_names_a_folder_of(const std::filesystem::path& file) {
  for (const char* variable : {"GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH"}) {
    const char* const folders = g_getenv(variable);
    if (folders == nullptr) continue;
    std::istringstream each(folders);
    for (std::string folder; std::getline(each, folder, G_SEARCHPATH_SEPARATOR);) {
      if (folder.empty()) continue;
      const std::filesystem::path from_there = file.lexically_relative(folder);
      if (!from_there.empty() && *from_there.begin() != "..") return true;
    }
  }
  return false;
}

}  // namespace

void load_own_plugin() {
  const auto file = own_installed_file(InstalledFolder::kPlugins, kPluginFile);
  if (file.empty()) return;
  g_autoptr(GstPlugin) known = gst_registry_find_plugin(gst_registry_get(), "dali");
  const gchar* const place = known == nullptr ? nullptr : gst_plugin_get_filename(known);
  if (place != nullptr && (place == file || user_names_a_folder_of(place))) return;
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstPlugin) loaded = gst_plugin_load_file(file.c_str(), &error);
  if (loaded == nullptr) throw SetupError(on_one_line(error->message));  // it names the file
}

}  // namespace dali
