// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/media_writer.h"

#include <fmt/format.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

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

// Everything is queued before the pipeline runs, so the sources take any amount.
std::string sources_text(const MediaContents& contents) {
  const RgbImage& frame = contents.frames.front();
  return fmt::format(
      "appsrc name=video format=time max-bytes=0"
      " caps=video/x-raw,format=RGB,width={},height={},framerate={}/1 "
      "appsrc name=audio format=time max-bytes=0"
      " caps=audio/x-raw,format=F32LE,rate={},channels=1,layout=interleaved ",
      frame.width_px, frame.height_px, contents.frames_per_second, kSampleRateHz);
}

// A buffer with a copy of the bytes, which last from `start` to `end`.
GstBuffer* new_buffer(std::span<const std::byte> bytes, GstClockTime start, GstClockTime end) {
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  GST_BUFFER_PTS(buffer) = start;
  GST_BUFFER_DURATION(buffer) = end - start;
  return buffer;
}

GstClockTime time_of(std::size_t count, int rate) {
  return gst_util_uint64_scale_int(count, GST_SECOND, rate);
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

void push_frames(GstElement* source, const MediaContents& contents) {
  for (std::size_t index = 0; index < contents.frames.size(); ++index) {
    gst_app_src_push_buffer(GST_APP_SRC(source),
                            new_buffer(with_padded_rows(contents.frames[index]),
                                       time_of(index, contents.frames_per_second),
                                       time_of(index + 1, contents.frames_per_second)));
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

// In pieces of a tenth of a second, so that the muxer can interleave.
void push_samples(GstElement* source, std::span<const float> samples) {
  constexpr std::size_t kPiece = kSampleRateHz / 10;
  for (std::size_t first = 0; first < samples.size(); first += kPiece) {
    const std::size_t count = std::min(kPiece, samples.size() - first);
    gst_app_src_push_buffer(
        GST_APP_SRC(source),
        new_buffer(std::as_bytes(samples.subspan(first, count)), time_of(first, kSampleRateHz),
                   time_of(first + count, kSampleRateHz)));
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

void check_contents(const fs::path& file, const MediaContents& contents) {
  if (contents.frames.empty() || contents.samples.empty()) {
    throw std::runtime_error(file.string() + ": a clip needs both sound and pictures");
  }
  const RgbImage& first = contents.frames.front();
  for (const RgbImage& frame : contents.frames) {
    if (frame.width_px != first.width_px || frame.height_px != first.height_px) {
      throw std::runtime_error(file.string() + ": frames differ in size");
    }
  }
}

}  // namespace

std::string_view file_extension(MediaFormat format) {
  return format == MediaFormat::kMp4 ? "mp4" : "webm";
}

void write_media(const fs::path& file, const MediaContents& contents, MediaFormat format) {
  check_contents(file, contents);
  const char* encoders = format == MediaFormat::kMp4 ? kMp4Encoders : kWebmEncoders;
  FileReplacement replacement(file, Sync::kLater);
  {
    MediaPipeline pipeline(sources_text(contents) + encoders, replacement.temporary_path(), file);
    push_frames(pipeline.element("video").get(), contents);
    push_samples(pipeline.element("audio").get(), contents.samples);
    pipeline.play_to_end();
  }
  replacement.commit();
}

}  // namespace dali
