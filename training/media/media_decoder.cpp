#include "training/media/media_decoder.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "model/base/window.h"

namespace dali {
namespace {

struct SampleDeleter {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using SamplePointer = std::unique_ptr<GstSample, SampleDeleter>;

constexpr const char* kFrameConversion =
    "videoconvert ! videoscale ! video/x-raw,format=RGB,pixel-aspect-ratio=1/1";

std::string audio_conversion() {
  return fmt::format(
      "audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate={},layout=interleaved",
      kSampleRateHz);
}

}  // namespace

MediaDecoder::MediaDecoder(const std::filesystem::path& file, MediaSinks sinks)
    : file_(file),
      sinks_(std::move(sinks)),
      pipeline_("filesrc name=file ! decodebin name=decoder", file, file) {
  g_signal_connect(pipeline_.element("decoder").get(), "pad-added", G_CALLBACK(&on_pad_added),
                   this);
}

MediaDecoder::~MediaDecoder() = default;

std::optional<double> MediaDecoder::prepare() {
  try {
    pipeline_.pause();
  } catch (const std::runtime_error&) {
    rethrow_failure();
    throw;
  }
  gint64 duration_ns = 0;
  if (!gst_element_query_duration(pipeline_.pipeline(), GST_FORMAT_TIME, &duration_ns) ||
      duration_ns <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(duration_ns) / GST_SECOND;
}

void MediaDecoder::run() {
  try {
    pipeline_.play_to_end();
  } catch (const std::runtime_error&) {
    rethrow_failure();
    throw;
  }
}

void MediaDecoder::run_stretch(double start_s, double end_s) {
  pipeline_.seek(start_s, end_s);
  run();
}

// Our own failure says more than the pipeline's error, which only follows from it.
void MediaDecoder::rethrow_failure() {
  const std::lock_guard lock(failure_mutex_);
  if (!failure_) return;
  try {
    std::rethrow_exception(failure_);
  } catch (const std::exception& error) {
    throw std::runtime_error(file_.string() + ": " + error.what());
  }
}

bool MediaDecoder::no_exception_escapes(const std::function<void()>& body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
    return false;
  }
}

void MediaDecoder::on_pad_added(GstElement* /*decoder*/, GstPad* pad, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  decoder->no_exception_escapes([&] { decoder->link(pad); });
}

void MediaDecoder::link(GstPad* pad) {
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  if (caps == nullptr) return;
  const std::string_view kind = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  if (kind == "audio/x-raw" && !has_audio_.exchange(true)) {
    add_branch(pad, audio_conversion(), &on_audio);
  } else if (kind == "video/x-raw" && sinks_.frame && !has_video_.exchange(true)) {
    const PadPointer entry = add_branch(pad, kFrameConversion, &on_frame);
    gst_pad_add_probe(entry.get(), GST_PAD_PROBE_TYPE_BUFFER, &on_unconverted, this, nullptr);
  }
}

PadPointer MediaDecoder::add_branch(GstPad* pad, const std::string& conversion,
                                    GstFlowReturn (*on_sample)(GstAppSink*, gpointer)) {
  const std::string text = conversion + " ! appsink name=sink sync=false max-buffers=2";
  const gboolean has_ghost_pads = TRUE;
  g_autoptr(GError) error = nullptr;
  GstElement* branch = gst_parse_bin_from_description(text.c_str(), has_ghost_pads, &error);
  if (error != nullptr) throw std::runtime_error(error->message);
  gst_bin_add(GST_BIN(pipeline_.pipeline()), branch);  // takes the branch

  const ElementPointer sink(gst_bin_get_by_name(GST_BIN(branch), "sink"));
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, this, nullptr);
  PadPointer entry(gst_element_get_static_pad(branch, "sink"));
  gst_element_sync_state_with_parent(branch);
  gst_pad_link(pad, entry.get());
  return entry;
}

GstFlowReturn MediaDecoder::on_audio(GstAppSink* sink, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  return decoder->deliver(sink, decoder->sinks_.audio);
}

GstFlowReturn MediaDecoder::on_frame(GstAppSink* sink, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  return decoder->deliver(sink, decoder->sinks_.frame);
}

GstFlowReturn MediaDecoder::deliver(GstAppSink* sink,
                                    const std::function<void(GstSample*)>& receive) {
  const bool has_worked = no_exception_escapes([&] {
    const SamplePointer sample(gst_app_sink_pull_sample(sink));
    if (sample) receive(sample.get());
  });
  return has_worked ? GST_FLOW_OK : GST_FLOW_ERROR;
}

GstPadProbeReturn MediaDecoder::on_unconverted(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* decoder = static_cast<MediaDecoder*>(self);
  bool is_wanted = true;
  decoder->no_exception_escapes([&] {
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == nullptr) return;
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    is_wanted = decoder->sinks_.wants_frame(segment, GST_PAD_PROBE_INFO_BUFFER(info));
  });
  return is_wanted ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

}  // namespace dali
