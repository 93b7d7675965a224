// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/captioned_file.h"

#include <cstring>
#include <memory>
#include <optional>

#include "pipelines/caption/burnt_captions.h"
#include "pipelines/caption/caption_track.h"
#include "pipelines/caption/container_tags.h"
#include "pipelines/caption/cues.h"
#include "pipelines/caption/description_track.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/stream_encoder.h"
#include "pipelines/caption/stream_plan.h"
#include "pipelines/caption/stream_side_data.h"
#include "pipelines/caption/subtitle_converter.h"
#include "pipelines/caption/track_choice.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

using Way = StreamPlan::Way;

constexpr int kNone = -1;

const char* name_of(Way way) {
  switch (way) {
    case Way::kCopied:
      return "copied";
    case Way::kEncodedAnew:
      return "encoded anew";
    case Way::kConvertedText:
      return "converted to the container's text";
    case Way::kAttached:
      return "attached";
    case Way::kLeftOut:
      break;
  }
  return "left out";
}

// A stream on its way from the medium into the output.
struct StreamPath {
  StreamPlan plan;
  AVStream* input = nullptr;   // borrowed, as the output's
  AVStream* output = nullptr;  // null when left out
  std::unique_ptr<StreamEncoder> encoder;
  std::unique_ptr<SubtitleConverter> converter;
  bool is_described = true;  // an encoder describes its stream after the first frame
};

class CaptionedFileWriter {
 public:
  CaptionedFileWriter(const Medium& medium, const std::vector<TimedCaption>& captions,
                      const CaptionedFileRequest& request)
      : medium_(medium),
        request_(request),
        input_(medium),
        output_(request.container, request.form, request.output, medium.output.string()) {
    const bool is_drawn = request.place == CaptionPlace::kPicture;
    const int drawn = is_drawn ? picture_to_draw_into() : kNone;
    if (is_drawn) burnt_.emplace(captions, input_.stream(drawn));
    for (int i = 0; i < input_.stream_count(); ++i) add_path(input_.stream(i), i == drawn);
    track_ = added_track(captions);
    copy_tags_and_chapters(input_, output_.context());
    begin_when_described();
  }

  void write(Progress& progress) {
    const PacketHandle packet = new_packet();
    while (input_.read(packet.get())) {
      StreamPath& path = paths_[static_cast<std::size_t>(packet->stream_index)];
      if (packet->dts != AV_NOPTS_VALUE) {
        const std::int64_t time_us =
            av_rescale_q(packet->dts, path.input->time_base, AV_TIME_BASE_Q);
        if (track_) track_->write_until(time_us);
        progress.update(static_cast<double>(time_us) / AV_TIME_BASE, input_.duration_s());
      }
      pass_on(packet.get(), path);
      av_packet_unref(packet.get());
    }
    for (StreamPath& path : paths_) end(path);
    if (track_) track_->write_all();
    output_.finish();
  }

  // Everything that the output is without, in one line; empty: nothing.
  std::string losses() const {
    std::string list;
    const auto add = [&](const std::string& loss) {
      if (!loss.empty()) list += (list.empty() ? "" : ", ") + loss;
    };
    for (const StreamPath& path : paths_) add(path.plan.loss);
    add(lost_tags(input_, request_.output));
    if (input_.late_streams() > 0) add("streams that turned up on the way");
    return list;
  }

  // What the added track is without, as loss_report() says it; empty: nothing.
  std::string losses_of_captions() const {
    const std::vector<std::string> losses = track_ ? track_->losses() : std::vector<std::string>();
    return losses.empty() ? "" : loss_report("ttml", losses);
  }

  // What is wrong with the medium, in one line; empty: nothing that was noticed.
  std::string damages() const {
    std::string text;
    if (!input_.broken_off_by().empty()) text = "broken off: " + input_.broken_off_by();
    if (const std::int64_t count = output_.damaged_packets(); count > 0) {
      text += (text.empty() ? "" : "; ") + std::to_string(count) +
              (count == 1 ? " damaged packet was left out" : " damaged packets were left out");
    }
    return text;
  }

 private:
  int picture_to_draw_into() const {
    const auto picture = captioned_tracks(input_.context(), medium_).picture;
    if (!picture) throw MediaError(medium_.name + ": holds no picture to draw captions into");
    return picture->stream;
  }

  // Null: the captions are in the picture.
  std::unique_ptr<AddedTrack> added_track(const std::vector<TimedCaption>& captions) {
    switch (request_.place) {
      case CaptionPlace::kSubtitleTrack:
        return std::make_unique<CaptionTrack>(output_, request_.container, request_.form,
                                              request_.language, !has_default_subtitles(),
                                              captions);
      case CaptionPlace::kSoundTrack:
        return std::make_unique<DescriptionTrack>(output_, request_.container, medium_,
                                                  request_.language, *request_.description);
      case CaptionPlace::kPicture:
        break;
    }
    return nullptr;
  }

  bool has_default_subtitles() const {
    for (const StreamPath& path : paths_) {
      const bool is_subtitle = path.input->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
      if (is_subtitle && path.output != nullptr &&
          (path.input->disposition & AV_DISPOSITION_DEFAULT) != 0) {
        return true;
      }
    }
    return false;
  }

  void add_path(AVStream* input, bool is_drawn_into) {
    StreamPath path;
    path.plan = plan_of({.stream = input,
                         .is_drawn_into = is_drawn_into,
                         .lacks_times = input_.lacks_times(input->index)},
                        request_.container);
    GST_INFO("stream %d (%s) is %s", input->index, avcodec_get_name(input->codecpar->codec_id),
             name_of(path.plan.way));
    path.input = input;
    if (path.plan.way != Way::kLeftOut) path.output = output_.add_stream();
    switch (path.plan.way) {
      case Way::kCopied:
        copy_description(input, path.output, request_.container);
        break;
      case Way::kEncodedAnew:
        path.encoder = make_encoder(path, is_drawn_into);
        path.is_described = false;
        break;
      case Way::kConvertedText:
        path.converter =
            std::make_unique<SubtitleConverter>(input, request_.container, medium_.name);
        path.converter->describe(path.output);
        path.output->time_base = input->time_base;
        path.output->disposition = input->disposition;
        break;
      case Way::kAttached:
        attach_cover(input, path.output);
        break;
      case Way::kLeftOut:
        break;
    }
    if (path.output != nullptr) {
      copy_stream_tags(
          input, path.output, request_.container,
          path.plan.way == Way::kCopied ? StreamContent::kSame : StreamContent::kEncodedAnew);
    }
    paths_.push_back(std::move(path));
  }

  std::unique_ptr<StreamEncoder> make_encoder(const StreamPath& path, bool is_drawn_into) const {
    if (path.input->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      return make_sound_encoder(path.input, medium_.name);
    }
    const PictureEncoding encoding{.drawing = is_drawn_into ? burnt_->filter() : "",
                                   .has_upright_pixels = path.plan.has_upright_pixels};
    return make_picture_encoder(path.input, encoding, medium_.name);
  }

  // What FFmpeg's demuxers show as a picture is a file attached to Matroska.
  void attach_cover(const AVStream* input, AVStream* output) const {
    const bool is_png = input->codecpar->codec_id == AV_CODEC_ID_PNG;
    const AVPacket& picture = input->attached_pic;
    AVCodecParameters* parameters = output->codecpar;
    parameters->codec_type = AVMEDIA_TYPE_ATTACHMENT;
    parameters->codec_id = input->codecpar->codec_id;
    const auto size = static_cast<std::size_t>(picture.size);
    parameters->extradata =
        static_cast<std::uint8_t*>(allocated(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE)));
    std::memcpy(parameters->extradata, picture.data, size);
    parameters->extradata_size = picture.size;
    const auto set = [&](const char* key, const char* value) {
      av_dict_set(&output->metadata, key, value, AV_DICT_DONT_OVERWRITE);
    };
    set("filename", is_png ? "cover.png" : "cover.jpg");
    set("mimetype", is_png ? "image/png" : "image/jpeg");
  }

  void begin_when_described() {
    if (output_.has_begun()) return;
    for (const StreamPath& path : paths_) {
      if (!path.is_described) return;
    }
    output_.begin();
  }

  void describe(StreamPath& path) {
    const AVCodecContext* codec = path.encoder->codec();
    if (avcodec_parameters_from_context(path.output->codecpar, codec) < 0) throw std::bad_alloc();
    for (const AVPacketSideDataType type :
         {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_STEREO3D, AV_PKT_DATA_SPHERICAL,
          AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL}) {
      const auto data = side_data_of(path.input, type);
      if (!data.empty()) set_side_data(path.output, type, data);
    }
    path.encoder->describe(path.output);
    path.output->time_base = codec->time_base;
    path.output->avg_frame_rate = frame_rate_of(path.input);
    path.output->sample_aspect_ratio = codec->sample_aspect_ratio;
    path.output->disposition = path.input->disposition;
    path.is_described = true;
    begin_when_described();
  }

  void write_encoded(AVPacket* packet, StreamPath& path) {
    output_.write(packet, path.output, path.encoder->codec()->time_base);
  }

  void encode(const AVPacket* packet, StreamPath& path) {
    path.encoder->encode(packet, [&](AVPacket* encoded) { write_encoded(encoded, path); });
    if (!path.is_described && path.encoder->codec() != nullptr) describe(path);
  }

  void pass_on(AVPacket* packet, StreamPath& path) {
    switch (path.plan.way) {
      case Way::kCopied:
        if (!is_needless_lead(packet)) {
          output_.write(packet, path.output, path.input->time_base);
        }
        break;
      case Way::kEncodedAnew:
        encode(packet, path);
        break;
      case Way::kConvertedText:
        path.converter->convert(packet, [&](AVPacket* converted) {
          output_.write(converted, path.output, path.input->time_base);
        });
        break;
      default:
        break;
    }
  }

  // Matroska shows all it has. Of sound that is not to be heard it gets the last packet before the
  // start alone, which brings the decoder up to the first sample.
  bool is_needless_lead(const AVPacket* packet) const {
    return request_.container == Container::kMatroska && packet->pts != AV_NOPTS_VALUE &&
           (packet->flags & AV_PKT_FLAG_DISCARD) != 0 && packet->pts + packet->duration * 3 / 2 < 0;
  }

  void end(StreamPath& path) {
    if (!path.encoder) return;
    encode(nullptr, path);
    if (path.is_described) return;
    throw MediaError(medium_.name + ": its stream " + std::to_string(path.input->index) + " (" +
                     avcodec_get_name(path.input->codecpar->codec_id) + ") cannot be decoded");
  }

  const Medium& medium_;
  const CaptionedFileRequest& request_;
  MediaInput input_;
  MediaOutput output_;
  std::optional<BurntCaptions> burnt_;
  std::vector<StreamPath> paths_;  // of the input's streams, by their index
  std::unique_ptr<AddedTrack> track_;
};

}  // namespace

void write_captioned_file(const Medium& medium, const std::vector<TimedCaption>& captions,
                          const CaptionedFileRequest& request, Progress& progress,
                          const std::function<void(const std::string&)>& on_warning) {
  progress.begin(medium.output.string());
  CaptionedFileWriter writer(medium, captions, request);
  writer.write(progress);
  if (const std::string damages = writer.damages(); !damages.empty()) {
    on_warning(medium.name + ": " + damages);
  }
  if (const std::string losses = writer.losses_of_captions(); !losses.empty()) {
    on_warning(medium.name + ": " + losses);
  }
  if (const std::string losses = writer.losses(); !losses.empty()) {
    on_warning(medium.output.string() + ": cannot hold all of " + medium.name + ": left out " +
               losses);
  }
}

}  // namespace dali
