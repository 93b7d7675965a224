// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/media_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "media/decoding/media_decoder.h"
#include "media/decoding/stretch_receiver.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// For files that do not say how long they are: plays all of it.
double measured_duration(const fs::path& file) {
  std::atomic<double> audio_end_s = 0.0;
  std::atomic<double> video_end_s = 0.0;
  MediaDecoder decoder(
      file, {.audio =
                 [&](GstSample* sample) {
                   audio_end_s = buffer_end_seconds(gst_sample_get_segment(sample),
                                                    gst_sample_get_buffer(sample));
                 },
             .frame = [](GstSample*, const PictureOrientation&) {},
             .wants_frame =
                 [&](const GstSegment* segment, GstBuffer* buffer) {
                   const double end_s = buffer_end_seconds(segment, buffer);
                   const bool is_first = video_end_s == 0.0;
                   video_end_s = std::max(video_end_s.load(), end_s);
                   return is_first;  // no more are converted than the pipeline needs to start
                 }});
  decoder.prepare();
  decoder.run();
  return std::max(audio_end_s, video_end_s) - decoder.origin_s();
}

// How long the file plays from the first moment that is presented. It may count its length from
// there, or from the zero of its clock or of its time stamps.
double length_of(MediaDecoder& decoder, double known_s) {
  // Below that, what comes before the first moment is a codec's delay, which no length counts.
  constexpr double kLongestDelaySeconds = 0.5;
  double before_s = decoder.origin_s();
  if (decoder.stamp_offset_s() > kLongestDelaySeconds) before_s += decoder.stamp_offset_s();
  return known_s > before_s ? known_s - before_s : known_s;
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
                                .frame = [](GstSample*, const PictureOrientation&) {},
                                .wants_frame = [](const GstSegment*, GstBuffer*) { return true; }});
    if (const auto duration_s = decoder.prepare()) {
      return length_of(decoder, *duration_s);
    }
  }
  return measured_duration(file);
}

namespace {

struct ReadStretch {
  MediaStretch stretch;
  double measured_s = 0.0;   // from the stretch's start to the end of what came
  bool lacks_start = false;  // something of it came from later on only
};

// `whole_s`: how long the file plays; 0: as it says itself. Begins so much before the stretch.
ReadStretch read_stretch(const fs::path& file, const MediaRequest& request, double whole_s,
                         double lead_s = 0.0) {
  StretchReceiver receiver(request);
  MediaSinks sinks;
  sinks.audio = [&](GstSample* sample) { receiver.receive_audio(sample); };
  if (request.frames > 0) {
    sinks.frame = [&](GstSample* sample, const PictureOrientation& orientation) {
      receiver.receive_frame(sample, orientation);
    };
    sinks.wants_frame = [&](const GstSegment* segment, GstBuffer* buffer) {
      return receiver.wants_frame(segment, buffer);
    };
  }
  MediaDecoder decoder(file, std::move(sinks));
  const auto known_s = decoder.prepare();
  const double origin_s = decoder.origin_s();
  if (whole_s == 0.0) whole_s = known_s ? length_of(decoder, *known_s) : measured_duration(file);
  const double duration_s = stretch_seconds(file, request, whole_s);
  const double start_s = origin_s + request.start_s;
  receiver.set_stretch(start_s, duration_s);
  if (duration_s < whole_s) {
    decoder.run_stretch(std::max(origin_s, start_s - lead_s), start_s + duration_s);
  } else {
    decoder.run();
  }
  ReadStretch read{.stretch = receiver.take(),
                   .measured_s = receiver.end_s() - start_s,
                   .lacks_start = receiver.lacks_start(decoder.has_sound(), decoder.has_video())};
  const auto undecoded = decoder.undecoded();
  std::ranges::copy(undecoded, std::back_inserter(read.stretch.remarks));
  return read;
}

}  // namespace

MediaStretch read_media(const fs::path& file, const MediaRequest& request) {
  // What a file says of its length is not always true, and moments that are parts of it are wrong
  // with it.
  constexpr double kToleranceSeconds = 0.15;
  ReadStretch read = read_stretch(file, request, /*whole_s=*/0.0);
  // Not every format can be read from any moment on: a picture needs those before it.
  constexpr double kLeadSeconds = 10.0;
  double lead_s = 0.0;
  if (request.start_s > 0.0 && read.lacks_start) {
    lead_s = kLeadSeconds;
    read = read_stretch(file, request, /*whole_s=*/0.0, lead_s);
  }
  const double missing_s = read.stretch.duration_s - read.measured_s;
  const bool is_whole = request.duration_s == 0.0;
  if (missing_s > kToleranceSeconds || (is_whole && missing_s < -kToleranceSeconds)) {
    read = read_stretch(file, request, request.start_s + std::max(read.measured_s, 0.0), lead_s);
  }
  MediaStretch& stretch = read.stretch;
  if (stretch.samples.empty() && stretch.frames.empty()) {
    throw std::runtime_error(
        file.string() + ": " +
        (stretch.remarks.empty() ? "has neither sound nor video" : stretch.remarks.front()));
  }
  return std::move(stretch);
}

}  // namespace dali
