// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// Gives GStreamer the plugin that was installed with this program, wherever the two lie together.
// It replaces one of GStreamer's own folders, but none that GST_PLUGIN_PATH names. Nothing happens
// where there is no such plugin, as in a build folder. After gst_init(). Throws SetupError when it
// cannot be loaded.
void load_own_plugin();

}  // namespace dali
