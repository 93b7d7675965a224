// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

namespace dali {

struct GstObjectDeleter {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
using ElementPointer = std::unique_ptr<GstElement, GstObjectDeleter>;
using PadPointer = std::unique_ptr<GstPad, GstObjectDeleter>;

// A GStreamer pipeline that reads or writes one file, by an element that is named "file". Errors
// are std::runtime_error in one line that names the file. Used from one thread; the destructor
// stops all streaming threads.
class MediaPipeline {
 public:
  // `description` as for gst-launch-1.0; `location` is what the element "file" opens, `file` what
  // errors name.
  MediaPipeline(const std::string& description, const std::filesystem::path& location,
                const std::filesystem::path& file);
  ~MediaPipeline();

  MediaPipeline(const MediaPipeline&) = delete;
  MediaPipeline& operator=(const MediaPipeline&) = delete;

  GstElement* pipeline() { return pipeline_.get(); }  // borrowed

  // The element of that name in the description.
  ElementPointer element(const char* name);

  // Returns when the first data lie at the sinks.
  void pause();

  // Flushing and exact: only this stretch is played. Returns when its first data lie at the sinks.
  void seek(double start_s, double end_s);

  // Returns at the end of all streams.
  void play_to_end();

 private:
  void set_state(GstState state);
  // Waits for a message of `wanted`; throws at an error message, or when nothing goes on any more.
  void wait_for(GstMessageType wanted);
  void count_transfers();  // of the element "file"
  [[noreturn]] void refuse(const std::string& reason) const;

  const std::filesystem::path file_;
  std::atomic<unsigned> transfers_ = 0;  // buffers read or written so far
  ElementPointer pipeline_;
};

}  // namespace dali
