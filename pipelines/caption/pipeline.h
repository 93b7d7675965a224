// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <functional>
#include <string>
#include <utility>

namespace dali {

// A GStreamer pipeline around one medium. Owned and driven by one thread; GStreamer's own threads
// only post to its bus. The destructor takes it down whatever state it is in.
class Pipeline {
 public:
  // `medium` is what errors are said of: a file's name.
  explicit Pipeline(std::string medium);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Adds a new element; the pipeline keeps it, the result is borrowed. Throws SetupError naming the
  // factory when the plugin is missing, and what to install where that is known.
  GstElement* add(const char* factory);

  void play();

  // Acts on everything that waits on the bus: errors are thrown, as SetupError when they come from
  // dalicaptioner's model and as MediaError otherwise; dalicaptioner's warnings are given to
  // `on_warning`. Waits up to `wait` for a first message. True once the end of the stream has been
  // reached.
  bool check_messages(GstClockTime wait, const std::function<void(const std::string&)>& on_warning);

  // Who is told by check_messages() of what dalicaptioner posts for applications: structures, lent.
  void set_captioner_listener(std::function<void(const GstStructure*)> listener) {
    on_captioner_message_ = std::move(listener);
  }

  // The warnings of all other elements so far, in one line without the medium's name; empty when
  // there were none. A broken medium gives hundreds, and an error makes them needless.
  std::string media_warnings() const;

  double duration_s() const;  // 0 while unknown

  GstBin* bin() const { return GST_BIN(pipeline_); }

 private:
  // Draws it into GST_DEBUG_DUMP_DOT_DIR, if that is set, as gst-launch does.
  void draw(const std::string& occasion) const;
  void draw_new_state(GstMessage* message) const;  // borrows a STATE_CHANGED

  std::string medium_;
  GstElement* pipeline_;  // owned
  GstBus* bus_;           // owned
  std::function<void(const GstStructure*)> on_captioner_message_ = [](const GstStructure*) {};
  std::string first_media_warning_;
  int further_media_warnings_ = 0;
};

// A new element outside any pipeline, transfer full. Throws as Pipeline::add() does.
GstElement* make_element(const char* factory);

// Posts an error on the element's bus, from any thread: "<medium>: <text>" is what the user reads.
void post_media_error(GstElement* element, const std::string& text);
// The same of what is not right but does not end the medium.
void post_media_warning(GstElement* element, const std::string& text);

}  // namespace dali
