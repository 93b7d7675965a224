// SPDX-License-Identifier: LGPL-2.1-or-later
extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <cstdlib>
#include <vector>

#include "pipelines/caption/display_turn.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/frame_fields.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/stream_encoder.h"
#include "pipelines/caption/stream_filter.h"
#include "pipelines/caption/stream_side_data.h"

namespace dali {
namespace {

bool is_hdr(const AVFrame* frame) {
  return frame->color_trc == AVCOL_TRC_SMPTE2084 || frame->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

bool is_rgb(const AVFrame* frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  return format != nullptr && (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

std::vector<std::uint8_t> bytes_of(const AVFrame* frame, AVFrameSideDataType type) {
  const AVFrameSideData* data = av_frame_get_side_data(frame, type);
  if (data == nullptr) return {};
  return {data->data, data->data + data->size};
}

class PictureEncoder : public StreamEncoder {
 public:
  PictureEncoder(const AVStream* stream, PictureEncoding encoding, const std::string& medium_name)
      : medium_name_(medium_name),
        stream_(stream),
        encoding_(std::move(encoding)),
        decoder_(stream, medium_name),
        filter_(stream, medium_name + ": its picture cannot be encoded anew",
                [this](const AVFrame* frame) { return filters_for(frame); }) {}

  const AVCodecContext* codec() const override { return codec_.get(); }

  void encode(const AVPacket* packet, const PacketSink& on_packet) override {
    decoder_.decode(packet, [&](AVFrame* frame) { filter(frame, on_packet); });
    if (packet != nullptr) return;
    filter(nullptr, on_packet);
    if (codec_) encode_frame(codec_.get(), nullptr, on_packet, medium_name_);
  }

  void describe(AVStream* output) const override {
    // What the container said stands already; HDR's display may be known from the pictures alone.
    const auto add = [&](AVPacketSideDataType type, const std::vector<std::uint8_t>& data) {
      if (!data.empty() && side_data_of(output, type).empty()) set_side_data(output, type, data);
    };
    add(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, mastering_display_);
    add(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, light_level_);
    if (encoding_.has_upright_pixels) remove_side_data(output, AV_PKT_DATA_DISPLAYMATRIX);
  }

 private:
  void filter(AVFrame* frame, const PacketSink& on_packet) {
    filter_.filter(frame, [&](AVFrame* filtered) { encode_picture(filtered, on_packet); });
  }

  std::string filters_for(const AVFrame* frame) {
    if (!codec_) {
      mastering_display_ = bytes_of(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
      light_level_ = bytes_of(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    }
    std::string filters;
    const auto append = [&](const std::string& filter) {
      if (!filter.empty()) filters += (filters.empty() ? "" : ",") + filter;
    };
    if (encoding_.has_upright_pixels) append(filters_that_turn(display_matrix_of(stream_)));
    // 4:2:0 because few players show anything else; and 4:2:0 wants even sizes, so an odd row or
    // column is scaled away. A stream may change its size on the way, a track may not.
    const std::string size =
        codec_ ? std::to_string(codec_->width) + ":" + std::to_string(codec_->height)
               : "max(2\\,trunc(iw/2)*2):max(2\\,trunc(ih/2)*2)";
    append("scale=" + size + ":interl=-1" +
           (is_rgb(frame) ? ":out_color_matrix=bt709:out_range=tv" : ""));
    append(std::string("format=") + (is_hdr(frame) ? "yuv420p10le" : "yuv420p"));
    append(encoding_.drawing);
    has_rgb_source_ = is_rgb(frame);
    return filters;
  }

  void encode_picture(AVFrame* picture, const PacketSink& on_packet) {
    // A file of nothing but a codec's own data knows no times, only a rate.
    if (picture->pts == AV_NOPTS_VALUE) {
      const AVRational rate = av_guess_frame_rate(nullptr, const_cast<AVStream*>(stream_), nullptr);
      const std::int64_t duration =
          rate.num > 0 ? av_rescale_q(1, av_inv_q(rate), filter_.output_time_base()) : 1;
      picture->pts = codec_ ? latest_pts_ + duration : 0;
    }
    // No two pictures at one time: what is shown then is the first.
    if (codec_ && picture->pts <= latest_pts_) return;
    latest_pts_ = picture->pts;
    if (!codec_) open(picture);
    encode_frame(codec_.get(), picture, on_packet, medium_name_);
  }

  void open(const AVFrame* picture) {
    CodecHandle codec = new_encoder("libx264");
    codec->width = picture->width;
    codec->height = picture->height;
    codec->pix_fmt = static_cast<AVPixelFormat>(picture->format);
    codec->sample_aspect_ratio = picture->sample_aspect_ratio;
    codec->time_base = filter_.output_time_base();
    codec->framerate = frame_rate_of(stream_);
    codec->color_range = picture->color_range;
    codec->color_primaries = picture->color_primaries;
    codec->color_trc = picture->color_trc;
    codec->colorspace = has_rgb_source_ ? AVCOL_SPC_BT709 : picture->colorspace;
    codec->chroma_sample_location = picture->chroma_location;
    if (is_interlaced(picture)) {
      codec->flags |= AV_CODEC_FLAG_INTERLACED_DCT;
      codec->field_order = has_top_field_first(picture) ? AV_FIELD_TT : AV_FIELD_BB;
    } else {
      codec->field_order = AV_FIELD_PROGRESSIVE;
    }
    // The same quality whatever the size; veryfast, because the model has taken its time already.
    av_opt_set(codec->priv_data, "crf", "20", 0);
    av_opt_set(codec->priv_data, "preset", "veryfast", 0);
    const int result = avcodec_open2(codec.get(), nullptr, nullptr);
    if (result < 0) {
      throw MediaError(medium_name_ +
                       ": its picture cannot be encoded anew: " + libav_error_text(result));
    }
    codec_ = std::move(codec);
  }

  std::string medium_name_;
  const AVStream* stream_;  // borrowed from the input
  PictureEncoding encoding_;
  FrameDecoder decoder_;
  StreamFilter filter_;
  CodecHandle codec_;
  std::int64_t latest_pts_ = -1;
  bool has_rgb_source_ = false;
  std::vector<std::uint8_t> mastering_display_;
  std::vector<std::uint8_t> light_level_;
};

}  // namespace

std::unique_ptr<StreamEncoder> make_picture_encoder(const AVStream* stream,
                                                    const PictureEncoding& encoding,
                                                    const std::string& medium_name) {
  return std::make_unique<PictureEncoder>(stream, encoding, medium_name);
}

}  // namespace dali
