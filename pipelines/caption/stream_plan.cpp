// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/stream_plan.h"

#include <optional>

#include "pipelines/caption/stream_side_data.h"
#include "pipelines/caption/subtitle_converter.h"

namespace dali {
namespace {

using Way = StreamPlan::Way;

std::string tag_of(const AVStream* stream, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(stream->metadata, key, nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

std::string name_of(const AVStream* stream, const std::string& kind) {
  const std::string file = tag_of(stream, "filename");
  if (!file.empty()) return kind + " " + file;
  const std::string language = tag_of(stream, "language");
  return kind + " " + std::to_string(stream->index) + " (" +
         avcodec_get_name(stream->codecpar->codec_id) + (language.empty() ? "" : ", " + language) +
         ")";
}

// Frames that the medium says are not to be shown. Ones before the start are the way from a key
// frame to the start; later ones are cuts.
struct Hidden {
  bool any = false;
  bool within = false;
};

Hidden hidden_frames_of(AVStream* stream) {
  Hidden hidden;
  std::optional<std::int64_t> first_shown;
  // Within a group of pictures the hidden and the shown may be mixed.
  const std::int64_t second = av_rescale_q(1, {1, 1}, stream->time_base);
  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    if ((entry->flags & AVINDEX_DISCARD_FRAME) == 0) {
      if (!first_shown) first_shown = entry->timestamp;
      continue;
    }
    hidden.any = true;
    if (first_shown && entry->timestamp > *first_shown + second) hidden.within = true;
  }
  return hidden;
}

bool has_parameters(const AVCodecParameters* parameters) {
  if (parameters->codec_id == AV_CODEC_ID_NONE) return false;
  return parameters->codec_type == AVMEDIA_TYPE_VIDEO
             ? parameters->width > 0 && parameters->height > 0
             : parameters->sample_rate > 0 && parameters->ch_layout.nb_channels > 0;
}

StreamPlan plan_of_picture(const PlannedStream& planned, Container container) {
  AVStream* stream = planned.stream;
  if (is_cover(stream)) {
    if (container == Container::kMatroska) return {.way = Way::kAttached};
    if (container_takes(container, stream)) return {.way = Way::kCopied};
    return {.way = Way::kLeftOut, .loss = name_of(stream, "cover picture")};
  }
  if (!has_parameters(stream->codecpar)) {
    return {.way = Way::kLeftOut, .loss = name_of(stream, "unreadable picture")};
  }
  StreamPlan plan{.way = Way::kEncodedAnew};
  const bool is_turned = !display_matrix_of(stream).empty();
  // FFmpeg's Matroska has no place for a display matrix, and few players would look for it there.
  const bool loses_turn = is_turned && container == Container::kMatroska;
  plan.has_upright_pixels = is_turned && (planned.is_drawn_into || loses_turn);
  if (planned.is_drawn_into || loses_turn || planned.lacks_times) return plan;
  // Matroska has no edit list either: all that is in it is shown.
  const Hidden hidden = hidden_frames_of(stream);
  if (container == Container::kMatroska ? hidden.any : hidden.within) return plan;
  if (container_takes(container, stream)) plan.way = Way::kCopied;
  if (container == Container::kMp4 && tag_of(stream, "alpha_mode") == "1") {
    plan.loss = "the transparency of " + name_of(stream, "picture");
  }
  return plan;
}

StreamPlan plan_of_sound(AVStream* stream, Container container) {
  if (!has_parameters(stream->codecpar)) {
    return {.way = Way::kLeftOut, .loss = name_of(stream, "unreadable sound")};
  }
  const bool is_cut = hidden_frames_of(stream).within;
  return {.way = !is_cut && container_takes(container, stream) ? Way::kCopied : Way::kEncodedAnew};
}

StreamPlan plan_of_subtitles(AVStream* stream, Container container) {
  if (container_takes(container, stream)) return {.way = Way::kCopied};
  if (is_convertible_text(stream)) return {.way = Way::kConvertedText};
  return {.way = Way::kLeftOut, .loss = name_of(stream, "subtitles")};
}

StreamPlan plan_of_data(AVStream* stream, Container container) {
  constexpr unsigned kTimecode = MKTAG('t', 'm', 'c', 'd');
  constexpr unsigned kText = MKTAG('t', 'e', 'x', 't');
  // A time code is a tag of the picture too, and the text of chapters stands in the chapters: the
  // muxer makes both tracks anew.
  const unsigned tag = stream->codecpar->codec_tag;
  if (tag == kTimecode || tag == kText) return {.way = Way::kLeftOut};
  if (container == Container::kMp4 && container_takes(container, stream)) {
    return {.way = Way::kCopied};
  }
  return {.way = Way::kLeftOut, .loss = name_of(stream, "data")};
}

}  // namespace

bool is_cover(const AVStream* stream) {
  return (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

StreamPlan plan_of(const PlannedStream& planned, Container container) {
  AVStream* stream = planned.stream;
  switch (stream->codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
      return plan_of_picture(planned, container);
    case AVMEDIA_TYPE_AUDIO:
      return plan_of_sound(stream, container);
    case AVMEDIA_TYPE_SUBTITLE:
      return plan_of_subtitles(stream, container);
    case AVMEDIA_TYPE_ATTACHMENT:
      if (container == Container::kMatroska) return {.way = Way::kCopied};
      return {.way = Way::kLeftOut, .loss = name_of(stream, "attachment")};
    default:
      return plan_of_data(stream, container);
  }
}

}  // namespace dali
