#include "training/media/media_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "training/media/media_decoder.h"
#include "training/media/stretch_receiver.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// For files that do not say how long they are: plays all of it.
double measured_duration(const fs::path& file) {
  std::atomic<double> audio_end_s = 0.0;
  std::atomic<double> video_end_s = 0.0;
  const auto end_of = [](GstSample* sample) {
    return buffer_end_seconds(gst_sample_get_segment(sample), gst_sample_get_buffer(sample));
  };
  MediaDecoder decoder(file, {.audio = [&](GstSample* sample) { audio_end_s = end_of(sample); },
                              .frame = [&](GstSample* sample) { video_end_s = end_of(sample); },
                              .wants_frame = [](const GstSegment*, GstBuffer*) { return true; }});
  decoder.prepare();
  decoder.run();
  return std::max(audio_end_s, video_end_s);
}

// How much of the file the request means; throws where that is nothing or too much.
double stretch_seconds(const fs::path& file, const MediaRequest& request, double whole_s) {
  if (request.start_s > 0.0 && request.start_s >= whole_s) {
    throw std::runtime_error(fmt::format("{}: ends at {:.3f} s, wanted from {:.3f} s on",
                                         file.string(), whole_s, request.start_s));
  }
  double duration_s = whole_s - request.start_s;
  if (request.duration_s > 0.0) duration_s = std::min(duration_s, request.duration_s);
  if (duration_s > kLongestStretchSeconds) {
    throw std::runtime_error(fmt::format("{}: {:.0f} s are too long for one clip, at most {:.0f} s",
                                         file.string(), duration_s, kLongestStretchSeconds));
  }
  return duration_s;
}

}  // namespace

double media_duration(const fs::path& file) {
  {
    MediaDecoder decoder(file, {.audio = [](GstSample*) {},
                                .frame = [](GstSample*) {},
                                .wants_frame = [](const GstSegment*, GstBuffer*) { return true; }});
    if (const auto duration_s = decoder.prepare()) return *duration_s;
  }
  return measured_duration(file);
}

MediaStretch read_media(const fs::path& file, const MediaRequest& request) {
  StretchReceiver receiver(request);
  MediaSinks sinks;
  sinks.audio = [&](GstSample* sample) { receiver.receive_audio(sample); };
  if (request.frames > 0) {
    sinks.frame = [&](GstSample* sample) { receiver.receive_frame(sample); };
    sinks.wants_frame = [&](const GstSegment* segment, GstBuffer* buffer) {
      return receiver.wants_frame(segment, buffer);
    };
  }
  MediaDecoder decoder(file, std::move(sinks));
  const auto known_s = decoder.prepare();
  const double whole_s = known_s ? *known_s : measured_duration(file);
  const double duration_s = stretch_seconds(file, request, whole_s);
  receiver.set_stretch(request.start_s, duration_s);
  if (duration_s < whole_s) {
    decoder.run_stretch(request.start_s, request.start_s + duration_s);
  } else {
    decoder.run();
  }

  MediaStretch stretch = receiver.take();
  if (stretch.samples.empty() && stretch.frames.empty()) {
    throw std::runtime_error(file.string() + ": has neither sound nor video");
  }
  return stretch;
}

}  // namespace dali
