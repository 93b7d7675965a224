// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/media_pipeline.h"

#include <fmt/format.h>

#include <mutex>
#include <stdexcept>
#include <utility>

#include "model/base/one_line.h"

namespace dali {
namespace {

// With nothing read or written for so long, nothing will be. A broken file can do that: decodebin
// (1.22) loses the error of a demuxer that fails while it is being plugged in.
constexpr int kPatienceSeconds = 15;

struct MessageDeleter {
  void operator()(GstMessage* message) const { gst_message_unref(message); }
};
using MessagePointer = std::unique_ptr<GstMessage, MessageDeleter>;

// In one line, however many the element wrote.
std::string error_text(GstMessage* message) {
  g_autoptr(GError) error = nullptr;
  g_autofree gchar* details = nullptr;
  gst_message_parse_error(message, &error, &details);
  return on_one_line(error->message);
}

void initialise_gstreamer() {
  static std::once_flag once;
  std::call_once(once, [] { gst_init(nullptr, nullptr); });
}

}  // namespace

MediaPipeline::MediaPipeline(const std::string& description, const std::filesystem::path& location,
                             const std::filesystem::path& file)
    : file_(file) {
  initialise_gstreamer();
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline =
      gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (pipeline != nullptr) pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(pipeline)));
  if (error != nullptr) refuse(error->message);
  g_object_set(element("file").get(), "location", location.c_str(), nullptr);
  count_transfers();
}

void MediaPipeline::count_transfers() {
  const ElementPointer file = element("file");
  PadPointer pad(gst_element_get_static_pad(file.get(), "src"));
  if (!pad) pad.reset(gst_element_get_static_pad(file.get(), "sink"));
  const auto count = [](GstPad*, GstPadProbeInfo*, gpointer transfers) {
    ++*static_cast<std::atomic<unsigned>*>(transfers);
    return GST_PAD_PROBE_OK;
  };
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, count, &transfers_, nullptr);
}

MediaPipeline::~MediaPipeline() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

ElementPointer MediaPipeline::element(const char* name) {
  return ElementPointer(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
}

void MediaPipeline::pause() {
  set_state(GST_STATE_PAUSED);
  wait_for(GST_MESSAGE_ASYNC_DONE);
}

void MediaPipeline::seek(double start_s, double end_s) {
  const auto start = static_cast<gint64>(start_s * GST_SECOND);
  const auto end = static_cast<gint64>(end_s * GST_SECOND);
  const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE);
  if (!gst_element_seek(pipeline_.get(), 1.0, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET, start,
                        GST_SEEK_TYPE_SET, end)) {
    refuse("cannot be read from " + std::to_string(start_s) + " s on");
  }
  wait_for(GST_MESSAGE_ASYNC_DONE);
}

void MediaPipeline::play_to_end() {
  set_state(GST_STATE_PLAYING);
  wait_for(GST_MESSAGE_EOS);
}

void MediaPipeline::set_state(GstState state) {
  if (gst_element_set_state(pipeline_.get(), state) != GST_STATE_CHANGE_FAILURE) return;
  wait_for(GST_MESSAGE_ERROR);  // the element that failed says why
}

void MediaPipeline::wait_for(GstMessageType wanted) {
  GstBus* bus = GST_ELEMENT_BUS(pipeline_.get());
  const auto types = static_cast<GstMessageType>(GST_MESSAGE_ERROR | wanted);
  MessagePointer message;
  unsigned seen_transfers = transfers_;
  for (int silent_s = 0; !message; ++silent_s) {
    if (silent_s == kPatienceSeconds) {
      refuse(fmt::format("nothing could be read or written for {} s", kPatienceSeconds));
    }
    message.reset(gst_bus_timed_pop_filtered(bus, GST_SECOND, types));
    const unsigned transfers = transfers_;
    if (std::exchange(seen_transfers, transfers) != transfers) silent_s = 0;
  }
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) refuse(error_text(message.get()));
}

void MediaPipeline::refuse(const std::string& reason) const {
  throw std::runtime_error(file_.string() + ": " + reason);
}

}  // namespace dali
