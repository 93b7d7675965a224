// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "gst-plugin/session/caption_session.h"
#include "gst-plugin/session/engine_pool.h"
#include "gst-plugin/session/thread_priority.h"

namespace dali {

// Brings a session its model in a thread of its own, with PROGRESS messages of the element.
class ModelLoading {
 public:
  // Both borrowed: whoever has this has the session too.
  ModelLoading(GstElement* element, CaptionSession& session)
      : element_(element), session_(session) {}

  // In change_state, one at a time.
  void begin(const EngineKey& key, ThreadPriority priority);
  void end();  // waits for it; the session has no model then

  // How long the session waited for its model; 0 before it is there. Any thread.
  std::int64_t load_ns() const { return load_ns_; }

  // What the model says of its precision; empty before it is there. Any thread.
  std::string precision() const;

 private:
  void load(const EngineKey& key, ThreadPriority priority);
  void note_what_was_not_chosen(const EngineKey& key, const CaptionEngine& engine);
  void give_up(const std::string& name, GQuark domain, gint code, const char* reason);
  void set_precision(std::string precision);
  void post_progress(GstProgressType type, const std::string& what);

  GstElement* const element_;
  CaptionSession& session_;
  std::atomic<std::int64_t> load_ns_ = 0;
  mutable std::mutex precision_mutex_;
  std::string precision_;  // precision_mutex_
  std::jthread loading_;
};

}  // namespace dali
