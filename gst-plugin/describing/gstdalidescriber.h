// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>

#include "gst-plugin/describing/describer_properties.h"
#include "gst-plugin/describing/describer_voice.h"
#include "gst-plugin/text_buffers.h"
#include "media/describing/live_description.h"

namespace dali {

// Everything of a dalidescriber that is C++.
struct DescriberState {
  DescriberSettings settings;  // object lock

  // Made and joined in change_state; the pads' streaming threads use it meanwhile. Null while there
  // is none, and set so with the stream lock of sink held.
  std::unique_ptr<DescriberVoice> voice;

  // Of sink's streaming thread, and change_state's while no pad is active:
  DescriberSettings in_use;
  std::optional<LiveDescription> description;  // from caps on

  TextFormat format = TextFormat::kUtf8;  // of text_sink's streaming thread
};

}  // namespace dali

G_BEGIN_DECLS

#define GST_TYPE_DALI_DESCRIBER (gst_dali_describer_get_type())
G_DECLARE_FINAL_TYPE(GstDaliDescriber, gst_dali_describer, GST, DALI_DESCRIBER, GstElement)

struct _GstDaliDescriber {
  GstElement parent;
  GstPad* sink;  // all owned by the element
  GstPad* text_sink;
  GstPad* source;
  // A DescriberState, built in init() and destroyed in finalize().
  alignas(dali::DescriberState) std::byte state[sizeof(dali::DescriberState)];
};
static_assert(std::is_standard_layout_v<_GstDaliDescriber> && alignof(dali::DescriberState) <= 16);

GST_ELEMENT_REGISTER_DECLARE(dalidescriber)

G_END_DECLS
