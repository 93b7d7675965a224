// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "pipelines/caption/libav_handles.h"
#include "pipelines/caption/medium.h"

namespace dali {

// The encoded streams of a medium, as libavformat reads them. One thread.
class MediaInput {
 public:
  // Throws MediaError naming the medium when it cannot be opened or holds no streams.
  explicit MediaInput(const Medium& medium);
  MediaInput(const MediaInput&) = delete;
  MediaInput& operator=(const MediaInput&) = delete;

  AVFormatContext* context() const { return context_.get(); }
  int stream_count() const { return static_cast<int>(stream_count_); }
  AVStream* stream(int index) const { return context_->streams[index]; }
  double duration_s() const;  // 0 while unknown

  // True for pictures that are not presented in the order of their packets, which do not say when
  // they are: so it is in AVI and in files of nothing but a codec's data. Only a decoder finds out.
  bool lacks_times(int index) const { return lacks_times_[static_cast<std::size_t>(index)]; }

  // How many streams turned up on the way; what is in them is left out.
  int late_streams() const;

  // From a stream's own clock to a time that counts from the first presented moment.
  std::int64_t start_in(AVRational time_base) const;

  // The next packet of any stream, its times counted from the medium's first presented moment.
  // False at the end; `broken_off_by` then says what ended it before its time, if anything did.
  bool read(AVPacket* packet);
  const std::string& broken_off_by() const { return broken_off_by_; }

 private:
  void look_ahead();
  bool read_anew(AVPacket* packet);
  void close_jump(AVPacket* packet);
  void complete_times(AVPacket* packet);

  std::string name_;
  IoHandle file_;  // where nothing else may be opened; the context reads it
  InputHandle context_;
  std::size_t stream_count_ = 0;           // at the beginning
  std::deque<PacketHandle> looked_at_;     // read, but not given away yet
  std::vector<bool> lacks_times_;          // of each stream
  std::vector<std::int64_t> next_dts_us_;  // of each stream, AV_NOPTS_VALUE before its first packet
  std::vector<std::int64_t> next_dts_;     // of each stream, in its own time base
  std::int64_t latest_dts_us_ = AV_NOPTS_VALUE;  // of any stream
  std::int64_t jumps_us_ = 0;                    // what was taken off for jumps so far
  std::string broken_off_by_;
};

}  // namespace dali
