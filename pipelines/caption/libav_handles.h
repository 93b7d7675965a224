// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// FFmpeg's libraries, for which C++ needs to be told that they are C; and owners of their objects.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
}

#include <cerrno>
#include <memory>
#include <new>
#include <string>

namespace dali {

// What GStreamer counts time in.
inline constexpr AVRational kNanoseconds = {1, 1'000'000'000};

struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using PacketHandle = std::unique_ptr<AVPacket, FreePacket>;

struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FrameHandle = std::unique_ptr<AVFrame, FreeFrame>;

struct FreeCodecContext {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
using CodecHandle = std::unique_ptr<AVCodecContext, FreeCodecContext>;

struct FreeFilterGraph {
  void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
};
using FilterGraphHandle = std::unique_ptr<AVFilterGraph, FreeFilterGraph>;

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using InputHandle = std::unique_ptr<AVFormatContext, CloseInput>;

struct CloseIo {
  void operator()(AVIOContext* context) const { avio_closep(&context); }
};
using IoHandle = std::unique_ptr<AVIOContext, CloseIo>;

// The object that one of FFmpeg's allocators returned; it returns null when memory is out.
template <typename Object>
Object* allocated(Object* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

inline PacketHandle new_packet() {
  return PacketHandle(allocated(av_packet_alloc()));
}

inline FrameHandle new_frame() {
  return FrameHandle(allocated(av_frame_alloc()));
}

// "No space left on device", "Invalid data found when processing input".
inline std::string libav_error_text(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  return text;
}

}  // namespace dali
