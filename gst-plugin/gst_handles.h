// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <memory>

namespace dali {

// One deleter for all: GStreamer's own unref functions are inline, so they cannot name a type.
struct HandleDeleter {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GstEvent* event) const { gst_event_unref(event); }
  void operator()(GstQuery* query) const { gst_query_unref(query); }
  void operator()(GstStructure* structure) const { gst_structure_free(structure); }
  void operator()(GstAudioConverter* converter) const { gst_audio_converter_free(converter); }
  void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
};

using BufferHandle = std::unique_ptr<GstBuffer, HandleDeleter>;
using CapsHandle = std::unique_ptr<GstCaps, HandleDeleter>;
using EventHandle = std::unique_ptr<GstEvent, HandleDeleter>;
using QueryHandle = std::unique_ptr<GstQuery, HandleDeleter>;
using StructureHandle = std::unique_ptr<GstStructure, HandleDeleter>;
using AudioConverterHandle = std::unique_ptr<GstAudioConverter, HandleDeleter>;
using VideoConverterHandle = std::unique_ptr<GstVideoConverter, HandleDeleter>;

}  // namespace dali
