// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/caption_track.h"

#include <gst/tag/tag.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "pipelines/caption/cues.h"
#include "pipelines/caption/subtitle_converter.h"
#include "pipelines/caption/ttml.h"

namespace dali {
namespace {

constexpr const char* kTitle = "Captions of sound and picture (gst-dali)";
constexpr AVRational kMilliseconds = {1, 1000};

// The pieces between all beginnings and ends, each with every caption that holds then.
std::vector<Cue> without_overlaps(const std::vector<Cue>& cues) {
  std::set<std::int64_t> bounds;
  for (const Cue& cue : cues) {
    bounds.insert(cue.start_ms);
    bounds.insert(cue.end_ms);
  }
  std::vector<Cue> pieces;
  std::size_t first = 0;  // all cues before it have ended
  for (auto bound = bounds.begin(); bound != bounds.end() && std::next(bound) != bounds.end();
       ++bound) {
    Cue piece{.start_ms = *bound, .end_ms = *std::next(bound), .text = ""};
    while (first < cues.size() && cues[first].end_ms <= piece.start_ms) ++first;
    for (std::size_t i = first; i < cues.size() && cues[i].start_ms <= piece.start_ms; ++i) {
      if (cues[i].end_ms <= piece.start_ms) continue;
      piece.text += (piece.text.empty() ? "" : "\n") + cues[i].text;
    }
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::vector<Cue> documents_of(const std::vector<TimedCaption>& captions,
                              const std::string& language, std::vector<std::string>& losses) {
  std::vector<Cue> documents;
  for (TtmlSample& sample : to_ttml_samples(captions, language, losses)) {
    documents.push_back({sample.start_ms, sample.end_ms, std::move(sample.document)});
  }
  return documents;
}

}  // namespace

std::vector<Cue> cues_of(const std::vector<TimedCaption>& captions, Container container) {
  const auto milliseconds = [](double seconds) {
    return static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0) * 1000.0));
  };
  std::vector<Cue> cues;
  for (const TimedCaption& caption : captions) {
    Cue cue{.start_ms = milliseconds(caption.start_s),
            .end_ms = milliseconds(caption.end_s),
            .text = plain_text(caption)};
    cue.end_ms = std::max(cue.end_ms, cue.start_ms + 1);
    if (!cue.text.empty()) cues.push_back(std::move(cue));
  }
  std::stable_sort(cues.begin(), cues.end(),
                   [](const Cue& a, const Cue& b) { return a.start_ms < b.start_ms; });
  return container == Container::kMp4 ? without_overlaps(cues) : cues;
}

std::string three_letter_language(const std::string& language, Container container) {
  // Matroska counts on the bibliographic code ("ger"), MP4 on the terminological one ("deu").
  const gchar* code = container == Container::kMatroska
                          ? gst_tag_get_language_code_iso_639_2B(language.c_str())
                          : gst_tag_get_language_code_iso_639_2T(language.c_str());
  return code != nullptr ? code : language;
}

CaptionTrack::CaptionTrack(MediaOutput& output, Container container, ContainerForm form,
                           const std::string& language, bool is_default,
                           const std::vector<TimedCaption>& captions)
    : output_(output),
      container_(container),
      form_(form),
      stream_(output.add_stream()),
      cues_(form.has_ttml ? documents_of(captions, language, losses_)
                          : cues_of(captions, container)) {
  describe(stream_->codecpar);
  stream_->time_base = kMilliseconds;
  stream_->disposition = is_default ? AV_DISPOSITION_DEFAULT : 0;
  av_dict_set(&stream_->metadata, "language", three_letter_language(language, container).c_str(),
              0);
  av_dict_set(&stream_->metadata, "title", kTitle, 0);
  if (container == Container::kMp4) av_dict_set(&stream_->metadata, "handler_name", kTitle, 0);
}

void CaptionTrack::describe(AVCodecParameters* parameters) const {
  parameters->codec_type = AVMEDIA_TYPE_SUBTITLE;
  if (form_.has_ttml) {
    parameters->codec_id = AV_CODEC_ID_TTML;
    parameters->codec_tag = MKTAG('s', 't', 'p', 'p');
  } else if (container_ == Container::kMp4) {
    parameters->codec_id = AV_CODEC_ID_MOV_TEXT;
    set_mov_text_style(parameters);
  } else {
    parameters->codec_id = AV_CODEC_ID_SUBRIP;
  }
}

void CaptionTrack::write_until(std::int64_t time_us) {
  while (written_ < cues_.size() && cues_[written_].start_ms * 1000 <= time_us) {
    write(cues_[written_++]);
  }
}

void CaptionTrack::write_all() {
  while (written_ < cues_.size()) write(cues_[written_++]);
}

void CaptionTrack::write(const Cue& cue) {
  std::string content = cue.text;
  if (container_ == Container::kMp4 && !form_.has_ttml) {
    // Timed text of MP4 begins with its length in two bytes.
    content.resize(std::min<std::size_t>(content.size(), 0xFFFF));
    const auto size = static_cast<unsigned>(content.size());
    content.insert(0, {static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)});
  }
  const PacketHandle packet = new_packet();
  if (av_new_packet(packet.get(), static_cast<int>(content.size())) < 0) throw std::bad_alloc();
  std::memcpy(packet->data, content.data(), content.size());
  packet->pts = packet->dts = cue.start_ms;
  packet->duration = cue.end_ms - cue.start_ms;
  packet->flags |= AV_PKT_FLAG_KEY;
  output_.write(packet.get(), stream_, kMilliseconds);
}

}  // namespace dali
