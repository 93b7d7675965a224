// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/track_choice.h"

#include <gst/tag/tag.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "pipelines/caption/display_turn.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/stream_side_data.h"

namespace dali {
namespace {

std::string language_of(const AVStream* stream) {
  const AVDictionaryEntry* entry = av_dict_get(stream->metadata, "language", nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

// "de", "deu" and "ger" are one language.
std::string same_for_one_language(const std::string& language) {
  const gchar* code = gst_tag_get_language_code_iso_639_2T(language.c_str());
  return code != nullptr ? code : language;
}

bool is_default(const AVStream* stream) {
  return (stream->disposition & AV_DISPOSITION_DEFAULT) != 0;
}

std::vector<const AVStream*> streams_of_kind(const AVFormatContext* context, AVMediaType kind) {
  std::vector<const AVStream*> streams;
  for (unsigned i = 0; i < context->nb_streams; ++i) {
    const AVStream* stream = context->streams[i];
    const bool is_still = (stream->disposition &
                           (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
    if (stream->codecpar->codec_type == kind && !is_still) streams.push_back(stream);
  }
  return streams;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char character) {
    return std::isdigit(character) != 0;
  });
}

// A stream that nothing was found in says neither size nor rate.
bool is_decodable(const AVCodecParameters* codec) {
  const bool is_known = codec->codec_type == AVMEDIA_TYPE_AUDIO
                            ? codec->sample_rate > 0 && codec->ch_layout.nb_channels > 0
                            : codec->width > 0 && codec->height > 0;
  return is_known && avcodec_find_decoder(codec->codec_id) != nullptr;
}

[[noreturn]] void throw_no_such_track(const std::vector<const AVStream*>& streams,
                                      const std::string& kind, const std::string& wish,
                                      const std::string& medium) {
  std::string message = medium + ": has no " + kind + " track " + wish + ", but ";
  if (streams.empty()) throw MediaError(message + "none at all");
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::string language = language_of(streams[i]);
    message += (i == 0 ? "" : ", ") + std::to_string(i + 1) + " (" +
               avcodec_get_name(streams[i]->codecpar->codec_id) +
               (language.empty() ? "" : ", " + language) + ")";
  }
  throw MediaError(message);
}

std::optional<Track> choose(const AVFormatContext* context, AVMediaType kind,
                            const std::string& wish, const std::string& medium) {
  const std::vector<const AVStream*> all = streams_of_kind(context, kind);
  std::vector<const AVStream*> fitting = all;
  if (is_number(wish)) {
    const std::size_t number = wish.size() < 6 ? std::stoul(wish) : 0;
    fitting.clear();
    if (number >= 1 && number <= all.size()) fitting.push_back(all[number - 1]);
  } else if (!wish.empty()) {
    const std::string language = same_for_one_language(wish);
    std::erase_if(fitting, [&](const AVStream* stream) {
      return same_for_one_language(language_of(stream)) != language;
    });
  }
  if (fitting.empty()) {
    if (wish.empty()) return std::nullopt;
    throw_no_such_track(all, kind == AVMEDIA_TYPE_AUDIO ? "audio" : "video", wish, medium);
  }
  const auto flagged = std::find_if(fitting.begin(), fitting.end(), is_default);
  const AVStream* chosen = flagged != fitting.end() ? *flagged : fitting.front();
  const auto place = std::find(all.begin(), all.end(), chosen) - all.begin();
  return Track{.stream = chosen->index,
               .number = static_cast<int>(place) + 1,
               .id = chosen->id,
               .video_direction = video_direction_of(display_matrix_of(chosen)),
               .codec = avcodec_get_name(chosen->codecpar->codec_id),
               .is_decodable = is_decodable(chosen->codecpar)};
}

// What is read twice without harm: not a camera, nor a broadcast.
bool can_be_opened_twice(const Medium& medium) {
  if (!is_uri(medium.name)) return true;
  const std::string scheme = medium.name.substr(0, medium.name.find(':'));
  return scheme == "file" || scheme == "http" || scheme == "https";
}

}  // namespace

CaptionedTracks captioned_tracks(const AVFormatContext* context, const Medium& medium) {
  const std::string_view container = context->iformat->name;
  return {.sound = choose(context, AVMEDIA_TYPE_AUDIO, medium.audio_track, medium.name),
          .picture = choose(context, AVMEDIA_TYPE_VIDEO, medium.video_track, medium.name),
          .is_recognised = context->probe_score >= AVPROBE_SCORE_EXTENSION && container != "tty",
          .is_animation = container == "gif" || container == "apng"};
}

CaptionedTracks tracks_of(const Medium& medium) {
  const bool has_wish = !medium.audio_track.empty() || !medium.video_track.empty();
  if (medium.is_read_once || !can_be_opened_twice(medium)) {
    if (!has_wish) return {};
    throw MediaError(medium.name + ": a stream that can be read only once has no choice of tracks");
  }
  try {
    const MediaInput input(medium);
    return captioned_tracks(input.context(), medium);
  } catch (const MediaError&) {
    if (has_wish) throw;
    return {};  // GStreamer may know it, or says better what is wrong with it
  }
}

CaptionedTracks filled_tracks(const Medium& medium, const CaptionedTracks& tracks) {
  CaptionedTracks filled;
  if (!tracks.sound && !tracks.picture) return filled;
  MediaInput input(medium);
  const PacketHandle packet = new_packet();
  const auto is_settled = [](const auto& track, const auto& found) { return !track || found; };
  while (!(is_settled(tracks.sound, filled.sound) && is_settled(tracks.picture, filled.picture)) &&
         input.read(packet.get())) {
    const auto is_of = [&](const std::optional<Track>& track) {
      return track && track->stream == packet->stream_index && packet->size > 0;
    };
    if (is_of(tracks.sound)) filled.sound = tracks.sound;
    if (is_of(tracks.picture)) filled.picture = tracks.picture;
    av_packet_unref(packet.get());
  }
  return filled;
}

std::string names_of(const CaptionedTracks& tracks) {
  const auto name_of = [](const char* kind, const std::optional<Track>& track) {
    return track ? std::string("its ") + kind + " (" + track->codec + ")" : std::string();
  };
  const std::string sound = name_of("sound", tracks.sound);
  const std::string picture = name_of("picture", tracks.picture);
  return sound + (sound.empty() || picture.empty() ? "" : " and ") + picture;
}

}  // namespace dali
