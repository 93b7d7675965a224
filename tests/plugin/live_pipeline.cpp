// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/live_pipeline.h"

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "gst-plugin/captioner/gstdalicaptioner.h"

namespace dali {

LivePipeline::LivePipeline(std::shared_ptr<FakeEngine> fake, const std::string& description)
    : engine(std::move(fake)) {
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  use_engine(engine);
  g_autoptr(GError) error = nullptr;
  pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    std::fprintf(stderr, "%s\n", error->message);
    std::exit(1);
  }
  captioner = gst_bin_get_by_name(GST_BIN(pipeline), "captioner");
  bus = gst_element_get_bus(pipeline);
}

LivePipeline::~LivePipeline() {
  engine->release();
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(captioner);
  gst_object_unref(pipeline);
}

GstClockTime LivePipeline::running_time() const {
  return gst_element_get_current_running_time(pipeline);
}

long heap_in_use_kib() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<long>((heap.uordblks + heap.hblkhd) / 1024);
}

long resident_kib() {
  long pages = 0;
  long resident_pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident_pages;
  return resident_pages * 4;
}

}  // namespace dali
