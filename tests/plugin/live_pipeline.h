// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

#include "tests/plugin/fake_engine.h"

namespace dali {

// A live pipeline around a dalicaptioner named "captioner" whose model is a FakeEngine, for
// programs that watch it for long. Aborts the program with a message when GStreamer lacks an
// element.
struct LivePipeline {
  // `description` as gst-launch takes it.
  LivePipeline(std::shared_ptr<FakeEngine> fake, const std::string& description);
  ~LivePipeline();  // down to NULL
  LivePipeline(const LivePipeline&) = delete;
  LivePipeline& operator=(const LivePipeline&) = delete;

  GstClockTime running_time() const;

  std::shared_ptr<FakeEngine> engine;
  GstElement* pipeline = nullptr;
  GstElement* captioner = nullptr;
  GstBus* bus = nullptr;
};

// Of this process, in KiB.
long heap_in_use_kib();
long resident_kib();

}  // namespace dali
