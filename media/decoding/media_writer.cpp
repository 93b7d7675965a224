// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/media_writer.h"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "media/decoding/media_pipeline.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// One thread an encoder: clips are written side by side, and the same pictures give the same bits.
// For that, libvpx must not choose its speed by how long the last pictures took: a negative
// cpu-used is a speed, a positive one a goal.
constexpr const char* kMp4Encoders =
    "video. ! videoconvert ! video/x-raw,format=I420"
    " ! x264enc pass=quant quantizer=27 speed-preset=superfast threads=1 key-int-max=10"
    " ! h264parse ! mux. "
    "audio. ! audioconvert ! avenc_aac bitrate=48000 aac-coder=fast ! aacparse ! mux. "
    "mp4mux name=mux ! filesink name=file";
constexpr const char* kWebmEncoders =
    "video. ! videoconvert ! video/x-raw,format=I420"
    " ! vp8enc deadline=1 cpu-used=-4 threads=1 target-bitrate=150000 keyframe-max-dist=10"
    " ! mux. "
    "audio. ! audioconvert ! opusenc bitrate=48000 ! mux. "
    "webmmux name=mux ! filesink name=file";

std::string sources_text(int width_px, int height_px, int frames_per_second) {
  return fmt::format(
      "appsrc name=video format=time"
      " caps=video/x-raw,format=RGB,width={},height={},framerate={}/1 "
      "appsrc name=audio format=time"
      " caps=audio/x-raw,format=F32LE,rate={},channels=1,layout=interleaved ",
      width_px, height_px, frames_per_second, kSampleRateHz);
}

// A buffer with a copy of the bytes, which last from `start` to `end`.
GstBuffer* new_buffer(std::span<const std::byte> bytes, GstClockTime start, GstClockTime end) {
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  GST_BUFFER_PTS(buffer) = start;
  GST_BUFFER_DURATION(buffer) = end - start;
  return buffer;
}

GstClockTime time_of(std::int64_t count, int rate) {
  return gst_util_uint64_scale_int(static_cast<guint64>(count), GST_SECOND, rate);
}

// Rows as GStreamer expects them by default: each starts at a multiple of four bytes.
std::vector<std::byte> with_padded_rows(const RgbImage& frame) {
  const std::size_t stride = (frame.row_bytes() + 3) / 4 * 4;
  std::vector<std::byte> bytes(stride * static_cast<std::size_t>(frame.height_px));
  for (int y = 0; y < frame.height_px; ++y) {
    const auto row = std::as_bytes(std::span(frame.row(y), frame.row_bytes()));
    std::copy(row.begin(), row.end(), bytes.begin() + static_cast<std::ptrdiff_t>(stride) * y);
  }
  return bytes;
}

// Gives a source one buffer whenever it has none left, in the source's thread. Outlives the
// pipeline that the source is of.
class Feeder {
 public:
  // Returns the next buffer, owned; null at the end. What it throws ends the stream.
  using NextBuffer = std::function<GstBuffer*()>;

  explicit Feeder(NextBuffer next) : next_(std::move(next)) {}

  void feed(const ElementPointer& source) {
    g_signal_connect(source.get(), "need-data", G_CALLBACK(&Feeder::push), this);
  }

  // Once there is no pipeline any more.
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  static void push(GstAppSrc* source, guint /*bytes*/, gpointer feeder) {
    Feeder& self = *static_cast<Feeder*>(feeder);
    GstBuffer* buffer = nullptr;
    try {
      buffer = self.next_();
    } catch (...) {  // nothing may cross GStreamer's frames
      self.thrown_ = std::current_exception();
    }
    if (buffer == nullptr) {
      gst_app_src_end_of_stream(source);
    } else {
      gst_app_src_push_buffer(source, buffer);
    }
  }

  const NextBuffer next_;
  std::exception_ptr thrown_;
};

// `first`: that of the first frame, whose size the pipeline has.
Feeder::NextBuffer frame_buffers(const fs::path& file, const MediaMaking& making, RgbImage first) {
  return
      [&file, &making, first = std::move(first), index = std::int64_t{0}]() mutable -> GstBuffer* {
        if (index == making.frame_count) return nullptr;
        const RgbImage frame = index == 0 ? first : making.make_frame(index);
        if (frame.width_px != first.width_px || frame.height_px != first.height_px) {
          throw std::runtime_error(file.string() + ": frames differ in size");
        }
        GstBuffer* buffer =
            new_buffer(with_padded_rows(frame), time_of(index, making.frames_per_second),
                       time_of(index + 1, making.frames_per_second));
        ++index;
        return buffer;
      };
}

// In pieces of a tenth of a second, so that the muxer can interleave.
Feeder::NextBuffer sample_buffers(const MediaMaking& making) {
  return [&making, done = std::int64_t{0}]() mutable -> GstBuffer* {
    constexpr std::int64_t kPiece = kSampleRateHz / 10;
    const std::int64_t count = std::min(kPiece, making.sample_count - done);
    if (count == 0) return nullptr;
    std::vector<float> samples(static_cast<std::size_t>(count));
    making.make_samples(samples);
    GstBuffer* buffer = new_buffer(std::as_bytes(std::span(samples)), time_of(done, kSampleRateHz),
                                   time_of(done + count, kSampleRateHz));
    done += count;
    return buffer;
  };
}

}  // namespace

std::string_view file_extension(MediaFormat format) {
  return format == MediaFormat::kMp4 ? "mp4" : "webm";
}

void write_media(const fs::path& file, const MediaMaking& making, MediaFormat format) {
  if (making.frame_count == 0 || making.sample_count == 0) {
    throw std::runtime_error(file.string() + ": a clip needs both sound and pictures");
  }
  const char* encoders = format == MediaFormat::kMp4 ? kMp4Encoders : kWebmEncoders;
  FileReplacement replacement(file, Sync::kLater);
  RgbImage first = making.make_frame(0);
  const std::string sources =
      sources_text(first.width_px, first.height_px, making.frames_per_second);
  Feeder video(frame_buffers(file, making, std::move(first)));
  Feeder audio(sample_buffers(making));
  std::exception_ptr failure;
  try {
    MediaPipeline pipeline(sources + encoders, replacement.temporary_path(), file);
    video.feed(pipeline.element("video"));
    audio.feed(pipeline.element("audio"));
    pipeline.play_to_end();
  } catch (...) {
    failure = std::current_exception();
  }
  // What a function threw has cut the streams short, and is the reason for what else there is.
  video.rethrow();
  audio.rethrow();
  if (failure) std::rethrow_exception(failure);
  replacement.commit();
}

void write_media(const fs::path& file, const MediaContents& contents, MediaFormat format) {
  std::span<const float> samples = contents.samples;
  write_media(
      file,
      {.sample_count = static_cast<std::int64_t>(samples.size()),
       .make_samples =
           [&](std::span<float> out) {
             std::ranges::copy(samples.first(out.size()), out.begin());
             samples = samples.subspan(out.size());
           },
       .frame_count = static_cast<std::int64_t>(contents.frames.size()),
       .make_frame =
           [&](std::int64_t index) { return contents.frames[static_cast<std::size_t>(index)]; },
       .frames_per_second = contents.frames_per_second},
      format);
}

}  // namespace dali
