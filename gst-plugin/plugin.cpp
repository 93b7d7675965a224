// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/gst.h>

#include <memory>

#include "gst-plugin/bins/gstdalisubtitlebin.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/captioner/gstdalitranscriber.h"
#include "gst-plugin/captioner/model_factory.h"
#include "gst-plugin/session/engine_pool.h"
#include "gst-plugin/text/gstdalicea608enc.h"
#include "gst-plugin/text/gstdalitextshape.h"

static gboolean plugin_init(GstPlugin* plugin) {
  dali::EnginePool::shared().set_factory(std::make_shared<dali::ModelFactory>());
  return GST_ELEMENT_REGISTER(dalicaptioner, plugin) &&
         GST_ELEMENT_REGISTER(dalitextshape, plugin) &&
         GST_ELEMENT_REGISTER(dalicea608enc, plugin) &&
         GST_ELEMENT_REGISTER(dalisubtitlebin, plugin) &&
         GST_ELEMENT_REGISTER(dalitranscriber, plugin);
}

#define PACKAGE "gst-dali"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, dali,
                  "Captions of what a stream sounds and looks like", plugin_init, DALI_VERSION,
                  "LGPL", "gst-dali", "Unknown package origin")
