// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipelines/caption/container.h"
#include "pipelines/caption/libav_handles.h"

namespace dali {

// The name that FFmpeg has for the container.
const char* muxer_name(Container container);

// A file of sound, picture and subtitles, as libavformat writes it. Packets may come before the
// header is written: they wait. One thread.
class MediaOutput {
 public:
  // `path` is written to; `name` is what errors say. Throws MediaError.
  MediaOutput(Container container, ContainerForm form, const std::filesystem::path& path,
              std::string name);
  ~MediaOutput();
  MediaOutput(const MediaOutput&) = delete;
  MediaOutput& operator=(const MediaOutput&) = delete;

  AVFormatContext* context() const { return context_; }

  // For a stream's parameters to be filled in before begin().
  AVStream* add_stream();

  // Writes the header and what has waited for it.
  void begin();
  bool has_begun() const { return has_begun_; }

  // Takes the packet's content, with times in `time_base`; its own stream index does not matter.
  void write(AVPacket* packet, const AVStream* stream, AVRational time_base);

  // Throws MediaError also when most of the packets were damaged.
  void finish();

  // Packets that the muxer refused for what is in them: they are left out.
  std::int64_t damaged_packets() const { return damaged_packets_; }

 private:
  struct Waiting {
    PacketHandle packet;
    AVRational time_base;
  };

  void write_now(AVPacket* packet, AVRational time_base);
  void check(int result) const;

  std::string name_;
  ContainerForm form_;
  AVFormatContext* context_ = nullptr;  // owned
  bool has_begun_ = false;
  std::int64_t damaged_packets_ = 0;
  std::int64_t whole_packets_ = 0;
  std::vector<Waiting> waiting_;
  std::int64_t waiting_bytes_ = 0;
  std::vector<std::int64_t> latest_dts_;  // of each stream
  std::vector<std::int64_t> rescaling_;   // what av_rescale_delta keeps of each stream
};

// True when a file of this container, with this stream alone, gets a header that describes the
// stream: then it can be copied into it.
bool container_takes(Container container, const AVStream* stream);

// A stream's parameters, side data, flags and tags, as far as the container has a place for them.
void copy_description(const AVStream* from, AVStream* to, Container container);

}  // namespace dali
