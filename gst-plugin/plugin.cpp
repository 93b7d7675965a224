// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include <memory>

#include "gst-plugin/captioner/model_factory.h"
#include "gst-plugin/elements.h"
#include "gst-plugin/session/engine_pool.h"

static gboolean plugin_init(GstPlugin* plugin) {
  dali::EnginePool::shared().set_factory(std::make_shared<dali::ModelFactory>());
  return dali::register_elements(plugin);
}

#define PACKAGE "gst-dali"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, dali,
                  "Captions of what a stream sounds and looks like", plugin_init, DALI_VERSION,
                  "LGPL", "gst-dali", "Unknown package origin")
