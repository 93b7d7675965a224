// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/media_input.h"

#include <algorithm>
#include <utility>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/interrupt.h"

namespace dali {
namespace {

// A stream that starts late, or says late what it is, has to be known before the first is written.
constexpr std::int64_t kProbedBytes = 50'000'000;
constexpr std::int64_t kProbedUs = 30 * std::int64_t{AV_TIME_BASE};

// In a transport stream a longer way than this is a new recording and no pause: ffmpeg's bounds.
constexpr std::int64_t kJumpAheadUs = 10 * std::int64_t{AV_TIME_BASE};
constexpr std::int64_t kJumpBackUs = AV_TIME_BASE / 10;

constexpr std::size_t kPacketsLookedAt = 100;

int stop_when_interrupted(void*) {
  return is_interrupted() ? 1 : 0;
}

void shift(AVPacket* packet, std::int64_t by) {
  if (packet->pts != AV_NOPTS_VALUE) packet->pts += by;
  if (packet->dts != AV_NOPTS_VALUE) packet->dts += by;
}

}  // namespace

MediaInput::MediaInput(const Medium& medium) : name_(medium.name) {
  const std::string location = libav_location_of(medium);
  AVFormatContext* context = allocated(avformat_alloc_context());
  context->interrupt_callback = {stop_when_interrupted, nullptr};
  context->probesize = kProbedBytes;
  context->max_analyze_duration = kProbedUs;
  // As the ffmpeg command does: a stream may be announced after the first table.
  AVDictionary* options = nullptr;
  av_dict_set(&options, "scan_all_pmts", "1", 0);
  int opened = 0;
  if (medium.refuses_references) {
    AVIOContext* file = nullptr;
    opened =
        avio_open2(&file, location.c_str(), AVIO_FLAG_READ, &context->interrupt_callback, nullptr);
    file_.reset(file);
    context->pb = file;
    av_dict_set(&options, "protocol_whitelist", "none", 0);  // for whatever the medium names
  }
  if (opened < 0) {
    avformat_free_context(context);
  } else {
    opened = avformat_open_input(&context, location.c_str(), nullptr, &options);
  }
  av_dict_free(&options);
  throw_if_interrupted();
  if (opened < 0) throw MediaError(name_ + ": cannot be opened: " + libav_error_text(opened));
  context_.reset(context);
  const int found = avformat_find_stream_info(context, nullptr);
  throw_if_interrupted();
  if (found < 0) throw MediaError(name_ + ": cannot be read: " + libav_error_text(found));
  if (context->nb_streams == 0) throw MediaError(name_ + ": holds no streams");
  stream_count_ = context->nb_streams;
  lacks_times_.assign(context->nb_streams, false);
  next_dts_us_.assign(context->nb_streams, AV_NOPTS_VALUE);
  next_dts_.assign(context->nb_streams, AV_NOPTS_VALUE);
  look_ahead();
}

void MediaInput::look_ahead() {
  PacketHandle packet = new_packet();
  while (looked_at_.size() < kPacketsLookedAt && read_anew(packet.get())) {
    const AVStream* of = stream(packet->stream_index);
    const bool is_shown = of->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                          (of->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    const bool has_other_order = packet->dts == AV_NOPTS_VALUE || of->codecpar->video_delay > 0;
    if (is_shown && packet->pts == AV_NOPTS_VALUE && has_other_order) {
      lacks_times_[static_cast<std::size_t>(packet->stream_index)] = true;
    }
    if (av_packet_make_refcounted(packet.get()) < 0) throw std::bad_alloc();
    looked_at_.push_back(std::exchange(packet, new_packet()));
  }
}

double MediaInput::duration_s() const {
  return context_->duration > 0 ? static_cast<double>(context_->duration) / AV_TIME_BASE : 0.0;
}

std::int64_t MediaInput::start_in(AVRational time_base) const {
  if (context_->start_time == AV_NOPTS_VALUE) return 0;
  return av_rescale_q(context_->start_time, AV_TIME_BASE_Q, time_base);
}

bool MediaInput::read(AVPacket* packet) {
  if (!looked_at_.empty()) {
    av_packet_move_ref(packet, looked_at_.front().get());
    looked_at_.pop_front();
  } else if (!read_anew(packet)) {
    return false;
  }
  shift(packet, -start_in(stream(packet->stream_index)->time_base));
  if ((context_->iformat->flags & AVFMT_TS_DISCONT) != 0) close_jump(packet);
  complete_times(packet);
  return true;
}

// As libavformat has it.
bool MediaInput::read_anew(AVPacket* packet) {
  for (;;) {
    throw_if_interrupted();
    const int result = av_read_frame(context_.get(), packet);
    if (result == AVERROR(EAGAIN)) continue;
    throw_if_interrupted();
    if (result < 0) {
      if (result != AVERROR_EOF) broken_off_by_ = libav_error_text(result);
      return false;
    }
    // Streams that turn up on the way were not there when the output's were laid down.
    if (packet->stream_index < stream_count()) return true;
    av_packet_unref(packet);
  }
}

int MediaInput::late_streams() const {
  return static_cast<int>(context_->nb_streams - stream_count_);
}

// Matroska stores no decoding times. libavformat works them out from the order of the pictures, but
// for the first ones, which come before it knows that order: those lead up to the first shown by as
// many pictures as the decoder holds back.
void MediaInput::complete_times(AVPacket* packet) {
  const AVStream* of = stream(packet->stream_index);
  std::int64_t& next = next_dts_[static_cast<std::size_t>(packet->stream_index)];
  std::int64_t duration = packet->duration;
  if (duration <= 0) duration = picture_length(of, of->time_base);
  if (packet->dts == AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE) {
    packet->dts = next == AV_NOPTS_VALUE ? packet->pts - of->codecpar->video_delay * duration
                                         : std::min(next, packet->pts);
  }
  if (packet->pts == AV_NOPTS_VALUE && of->codecpar->video_delay == 0) packet->pts = packet->dts;
  if (packet->dts != AV_NOPTS_VALUE) next = packet->dts + duration;
}

// A transport stream may be joined from several recordings, each with a clock of its own: every
// one goes on where the last one ended.
void MediaInput::close_jump(AVPacket* packet) {
  const AVStream* of = stream(packet->stream_index);
  const AVMediaType kind = of->codecpar->codec_type;
  shift(packet, -av_rescale_q(jumps_us_, AV_TIME_BASE_Q, of->time_base));
  if (packet->dts == AV_NOPTS_VALUE) return;
  if (kind != AVMEDIA_TYPE_AUDIO && kind != AVMEDIA_TYPE_VIDEO) return;
  std::int64_t dts_us = av_rescale_q(packet->dts, of->time_base, AV_TIME_BASE_Q);
  std::int64_t& next_us = next_dts_us_[static_cast<std::size_t>(packet->stream_index)];
  if (next_us != AV_NOPTS_VALUE) {
    const std::int64_t ahead_us = dts_us - next_us;
    const bool is_alone_ahead = ahead_us > 0 && std::abs(dts_us - latest_dts_us_) <=
                                                    kJumpAheadUs;  // a pause of this stream
    if ((ahead_us > kJumpAheadUs && !is_alone_ahead) || ahead_us < -kJumpBackUs) {
      jumps_us_ += ahead_us;
      shift(packet, -av_rescale_q(ahead_us, AV_TIME_BASE_Q, of->time_base));
      dts_us -= ahead_us;
    }
  }
  next_us = dts_us + av_rescale_q(packet->duration, of->time_base, AV_TIME_BASE_Q);
  latest_dts_us_ = dts_us;
}

}  // namespace dali
