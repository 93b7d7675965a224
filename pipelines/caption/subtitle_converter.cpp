// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/subtitle_converter.h"

#include <cstring>
#include <vector>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

constexpr AVRational kMilliseconds = {1, 1000};
constexpr std::size_t kLongestCueBytes = 65536;

// libavcodec passes subtitles on as Advanced SubStation Alpha, whose header has the styles.
constexpr const char* kPlainHeader =
    "[Script Info]\r\nScriptType: v4.00+\r\nPlayResX: 384\r\nPlayResY: 288\r\n\r\n"
    "[V4+ Styles]\r\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, "
    "Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, "
    "Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\r\n"
    "Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1\r\n"
    "\r\n[Events]\r\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n";

CodecHandle opened_encoder(AVCodecID id, const std::uint8_t* header, int header_size) {
  const AVCodec* encoder = avcodec_find_encoder(id);
  if (encoder == nullptr) {
    throw SetupError(std::string("FFmpeg's libavcodec was built without the encoder ") +
                     avcodec_get_name(id));
  }
  CodecHandle codec(allocated(avcodec_alloc_context3(encoder)));
  codec->time_base = kMilliseconds;
  codec->subtitle_header =
      static_cast<std::uint8_t*>(allocated(av_mallocz(static_cast<std::size_t>(header_size) + 1)));
  std::memcpy(codec->subtitle_header, header, static_cast<std::size_t>(header_size));
  codec->subtitle_header_size = header_size;
  const int opened = avcodec_open2(codec.get(), encoder, nullptr);
  if (opened < 0) {
    throw MediaError(std::string("subtitles cannot be encoded: ") + libav_error_text(opened));
  }
  return codec;
}

void take_extradata(const AVCodecContext* codec, AVCodecParameters* parameters) {
  av_freep(&parameters->extradata);
  parameters->extradata_size = 0;
  if (codec->extradata_size <= 0) return;
  const auto size = static_cast<std::size_t>(codec->extradata_size);
  parameters->extradata =
      static_cast<std::uint8_t*>(allocated(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE)));
  std::memcpy(parameters->extradata, codec->extradata, size);
  parameters->extradata_size = codec->extradata_size;
}

}  // namespace

bool is_convertible_text(const AVStream* stream) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(stream->codecpar->codec_id);
  return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_TEXT_SUB) != 0 &&
         avcodec_find_decoder(stream->codecpar->codec_id) != nullptr;
}

void set_mov_text_style(AVCodecParameters* parameters) {
  const CodecHandle codec =
      opened_encoder(AV_CODEC_ID_MOV_TEXT, reinterpret_cast<const std::uint8_t*>(kPlainHeader),
                     static_cast<int>(std::strlen(kPlainHeader)));
  take_extradata(codec.get(), parameters);
}

SubtitleConverter::SubtitleConverter(const AVStream* stream, Container container,
                                     const std::string& medium_name) {
  const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
  const std::string fault = medium_name + ": its subtitles, stream " +
                            std::to_string(stream->index) + ", cannot be converted";
  if (codec == nullptr) throw MediaError(fault);
  decoder_.reset(allocated(avcodec_alloc_context3(codec)));
  int result = avcodec_parameters_to_context(decoder_.get(), stream->codecpar);
  decoder_->pkt_timebase = stream->time_base;
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  if (result < 0) throw MediaError(fault + ": " + libav_error_text(result));
  encoder_ =
      opened_encoder(container == Container::kMp4 ? AV_CODEC_ID_MOV_TEXT : AV_CODEC_ID_SUBRIP,
                     decoder_->subtitle_header, decoder_->subtitle_header_size);
}

void SubtitleConverter::describe(AVStream* output) const {
  AVCodecParameters* parameters = output->codecpar;
  parameters->codec_type = AVMEDIA_TYPE_SUBTITLE;
  parameters->codec_id = encoder_->codec_id;
  parameters->codec_tag = 0;
  take_extradata(encoder_.get(), parameters);
}

void SubtitleConverter::convert(const AVPacket* packet,
                                const std::function<void(AVPacket*)>& on_packet) {
  AVSubtitle subtitle{};
  int has_subtitle = 0;
  // A cue that cannot be read is the loss of that cue.
  if (avcodec_decode_subtitle2(decoder_.get(), &subtitle, &has_subtitle,
                               const_cast<AVPacket*>(packet)) < 0 ||
      has_subtitle == 0) {
    return;
  }
  std::vector<std::uint8_t> bytes(kLongestCueBytes);
  const int size = subtitle.num_rects == 0
                       ? 0
                       : avcodec_encode_subtitle(encoder_.get(), bytes.data(),
                                                 static_cast<int>(bytes.size()), &subtitle);
  avsubtitle_free(&subtitle);
  if (size <= 0) return;
  const PacketHandle converted = new_packet();
  if (av_new_packet(converted.get(), size) < 0) throw std::bad_alloc();
  std::memcpy(converted->data, bytes.data(), static_cast<std::size_t>(size));
  converted->pts = packet->pts;
  converted->dts = packet->dts;
  converted->duration = packet->duration;
  converted->flags |= AV_PKT_FLAG_KEY;
  on_packet(converted.get());
}

}  // namespace dali
