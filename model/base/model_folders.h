// SPDX-License-Identifier: LGPL-2.1-or-later
// Models by name: where `dali-model fetch` puts them, and where all programs look for them.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace dali {

// Where the user's models are: $XDG_DATA_HOME/gst-dali/models, or ~/.local/share/gst-dali/models.
// Empty for a user without a home. It need not exist.
std::filesystem::path users_models_folder();

// That one, then those of the machine: gst-dali/models in each of $XDG_DATA_DIRS, which are
// /usr/local/share and /usr/share by default.
std::vector<std::filesystem::path> models_folders();

// A folder with a separator in it, or one that there is, is itself, and so is a socket that a model
// is served at. Any other is the name of a model, and becomes the first folder of that name in
// models_folders(), or among the models that were installed with this code, or the embedded model;
// or stays as it is where there is none.
std::filesystem::path model_directory_named(const std::filesystem::path& name);

// Whether it is a socket, at which another process serves a model, or is called as one (x.sock)
// and is not there now.
bool is_model_socket(const std::filesystem::path& name);

// Whether a model may be called that: letters of any kind, digits, '.', '-' and '_', of which
// neither '.' nor '-' comes first.
bool is_model_name(std::string_view name);

}  // namespace dali
