// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/media_output.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "model/base/memory_file.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/read_back.h"
#include "pipelines/caption/stream_side_data.h"

namespace dali {
namespace {

// What may wait in memory for the header: minutes of large pictures.
constexpr std::int64_t kMostWaitingBytes = std::int64_t{1} << 30;

AVFormatContext* new_context(Container container) {
  AVFormatContext* context = nullptr;
  avformat_alloc_output_context2(&context, nullptr, muxer_name(container), nullptr);
  // What FFmpeg 5.1 calls experimental are codecs whose mapping into MP4 was new then, and
  // spherical pictures. All of it is copied rather than lost.
  allocated(context)->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  // The same streams give the same file: otherwise Matroska's muxer draws the numbers of segment
  // and tracks by lot. In return the file does not say which version of it wrote it.
  if (container == Container::kMatroska) context->flags |= AVFMT_FLAG_BITEXACT;
  return context;
}

// A fragment begins with each key picture; sound alone has none, and is cut by the clock.
void set_fragments(const AVFormatContext* context, AVDictionary** options) {
  constexpr const char* kSoundFragmentUs = "2000000";
  av_dict_set(options, "movflags", "frag_keyframe+delay_moov+default_base_moof", 0);
  const std::span streams(context->streams, context->nb_streams);
  const bool has_picture = std::ranges::any_of(streams, [](const AVStream* stream) {
    return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  });
  if (!has_picture) av_dict_set(options, "frag_duration", kSoundFragmentUs, 0);
}

// The header, with what each container needs to keep what the streams say.
int write_header(AVFormatContext* context, Container container, ContainerForm form = {}) {
  AVDictionary* options = nullptr;
  if (form.is_fragmented) set_fragments(context, &options);
  // Which tracks are to be chosen is said by the medium; the muxer would choose for it.
  if (container == Container::kMatroska) av_dict_set(&options, "default_mode", "passthrough", 0);
  const int result = avformat_write_header(context, &options);
  av_dict_free(&options);
  return result;
}

// Demuxers do not know a file without packets. Most muxers take whatever is in one.
void write_any_packet(AVFormatContext* context) {
  const PacketHandle packet = new_packet();
  if (av_new_packet(packet.get(), AV_INPUT_BUFFER_PADDING_SIZE) < 0) throw std::bad_alloc();
  std::fill_n(packet->data, packet->size, std::uint8_t{0});
  packet->pts = packet->dts = 0;
  packet->duration = 1;
  packet->flags |= AV_PKT_FLAG_KEY;
  av_write_frame(context, packet.get());
}

// One that the container's table has for the codec, or none, and the muxer takes the first there.
unsigned tag_for(const AVCodecParameters* parameters, Container container,
                 const AVOutputFormat* format) {
  constexpr unsigned kHvc1 = MKTAG('h', 'v', 'c', '1');
  // Apple's players want H.265 whose headers lie apart to be called so.
  if (container == Container::kMp4 && parameters->codec_id == AV_CODEC_ID_HEVC) return kHvc1;
  unsigned tag_of_codec = 0;
  if (format->codec_tag == nullptr ||
      av_codec_get_id(format->codec_tag, parameters->codec_tag) == parameters->codec_id ||
      av_codec_get_tag2(format->codec_tag, parameters->codec_id, &tag_of_codec) == 0) {
    return parameters->codec_tag;
  }
  return 0;
}

}  // namespace

const char* muxer_name(Container container) {
  switch (container) {
    case Container::kMatroska:
      return "matroska";
    case Container::kMp4:
      return "mp4";
  }
  throw std::logic_error("muxer_name: no such container");
}

bool container_takes(Container container, const AVStream* stream) {
  AVFormatContext* context = new_context(container);
  const std::unique_ptr<AVFormatContext, decltype(&avformat_free_context)> owned(
      context, avformat_free_context);
  const AVCodecID codec = stream->codecpar->codec_id;
  if (avformat_query_codec(context->oformat, codec, FF_COMPLIANCE_EXPERIMENTAL) == 0) return false;
  copy_description(stream, allocated(avformat_new_stream(context, nullptr)), container);
  const MemoryFile file(muxer_name(container));
  const std::string location = "file:" + file.path().string();
  if (avio_open(&context->pb, location.c_str(), AVIO_FLAG_WRITE) < 0) return false;
  const AVMediaType kind = stream->codecpar->codec_type;
  const bool is_decoded = kind == AVMEDIA_TYPE_AUDIO || kind == AVMEDIA_TYPE_VIDEO;
  const bool is_taken = write_header(context, container) >= 0;
  if (is_taken && is_decoded) write_any_packet(context);
  if (is_taken) av_write_trailer(context);
  avio_closep(&context->pb);
  return is_taken && (!is_decoded || reads_back(file.path(), stream->codecpar));
}

void copy_description(const AVStream* from, AVStream* to, Container container) {
  copy_parameters(from, to);
  to->codecpar->codec_tag =
      tag_for(from->codecpar, container, av_guess_format(muxer_name(container), nullptr, nullptr));
  to->time_base = from->time_base;
  to->avg_frame_rate = frame_rate_of(from);
  to->r_frame_rate = from->r_frame_rate;
  to->disposition = from->disposition;
  to->sample_aspect_ratio = from->sample_aspect_ratio.num != 0
                                ? from->sample_aspect_ratio
                                : from->codecpar->sample_aspect_ratio;
  to->codecpar->sample_aspect_ratio = to->sample_aspect_ratio;
  av_dict_copy(&to->metadata, from->metadata, 0);
}

MediaOutput::MediaOutput(Container container, ContainerForm form, const std::filesystem::path& path,
                         std::string name)
    : name_(std::move(name)), form_(form), context_(new_context(container)) {
  const int opened = avio_open(&context_->pb, ("file:" + path.string()).c_str(), AVIO_FLAG_WRITE);
  if (opened >= 0) return;
  avformat_free_context(context_);
  check(opened);
}

MediaOutput::~MediaOutput() {
  avio_closep(&context_->pb);
  avformat_free_context(context_);
}

AVStream* MediaOutput::add_stream() {
  latest_dts_.push_back(AV_NOPTS_VALUE);
  rescaling_.push_back(AV_NOPTS_VALUE);
  return allocated(avformat_new_stream(context_, nullptr));
}

void MediaOutput::begin() {
  const Container container =
      std::string_view(context_->oformat->name) == muxer_name(Container::kMp4)
          ? Container::kMp4
          : Container::kMatroska;
  check(write_header(context_, container, form_));
  has_begun_ = true;
  for (const Waiting& waiting : std::exchange(waiting_, {})) {
    write_now(waiting.packet.get(), waiting.time_base);
  }
}

void MediaOutput::write(AVPacket* packet, const AVStream* stream, AVRational time_base) {
  packet->stream_index = stream->index;
  packet->pos = -1;
  if (has_begun_) {
    write_now(packet, time_base);
    return;
  }
  PacketHandle waiting = new_packet();
  av_packet_move_ref(waiting.get(), packet);
  if (av_packet_make_refcounted(waiting.get()) < 0) throw std::bad_alloc();
  waiting_bytes_ += waiting->size;
  if (waiting_bytes_ > kMostWaitingBytes) {
    throw MediaError(name_ + ": cannot be written: a stream that is encoded anew begins too late");
  }
  waiting_.push_back({.packet = std::move(waiting), .time_base = time_base});
}

void MediaOutput::write_now(AVPacket* packet, AVRational time_base) {
  const AVStream* stream = context_->streams[packet->stream_index];
  const AVCodecParameters* parameters = stream->codecpar;
  std::int64_t& latest = latest_dts_[static_cast<std::size_t>(packet->stream_index)];
  const int samples =
      parameters->codec_type == AVMEDIA_TYPE_AUDIO && packet->dts != AV_NOPTS_VALUE
          ? av_get_audio_frame_duration2(const_cast<AVCodecParameters*>(parameters), packet->size)
          : 0;
  if (samples > 0 && parameters->sample_rate > 0) {
    // Milliseconds of Matroska would give samples of MP4 a length each of their own.
    packet->pts = packet->dts = av_rescale_delta(
        time_base, packet->dts, {1, parameters->sample_rate}, samples,
        &rescaling_[static_cast<std::size_t>(packet->stream_index)], stream->time_base);
    packet->duration = av_rescale_q(packet->duration, time_base, stream->time_base);
  } else {
    av_packet_rescale_ts(packet, time_base, stream->time_base);
  }
  if (packet->dts == AV_NOPTS_VALUE) packet->dts = packet->pts;
  if (packet->dts == AV_NOPTS_VALUE) packet->dts = latest == AV_NOPTS_VALUE ? 0 : latest + 1;
  // Muxers refuse decoding times that go back, and damaged media have them.
  const bool may_stand_still = (context_->oformat->flags & AVFMT_TS_NONSTRICT) != 0 ||
                               parameters->codec_type == AVMEDIA_TYPE_SUBTITLE;
  if (latest != AV_NOPTS_VALUE) {
    packet->dts = std::max(packet->dts, latest + (may_stand_still ? 0 : 1));
  }
  if (packet->pts == AV_NOPTS_VALUE || packet->pts < packet->dts) packet->pts = packet->dts;
  latest = packet->dts;
  const int result = av_interleaved_write_frame(context_, packet);
  // A packet that the muxer cannot make sense of is one that no decoder would.
  if (result == AVERROR_INVALIDDATA || result == AVERROR_PATCHWELCOME) {
    ++damaged_packets_;
  } else {
    check(result);
    ++whole_packets_;
  }
  check(context_->pb->error);
}

void MediaOutput::finish() {
  if (damaged_packets_ > whole_packets_) check(AVERROR_INVALIDDATA);
  check(av_write_trailer(context_));
  check(context_->pb->error);
  check(avio_closep(&context_->pb));
}

void MediaOutput::check(int result) const {
  if (result < 0) throw MediaError(name_ + ": cannot be written: " + libav_error_text(result));
}

}  // namespace dali
