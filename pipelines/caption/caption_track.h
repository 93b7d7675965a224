// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/caption/added_track.h"
#include "pipelines/caption/media_output.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// One piece of a subtitle track: what is shown from one time to another.
struct Cue {
  std::int64_t start_ms;
  std::int64_t end_ms;
  std::string text;  // lines, and no markup
};

// Captions as cues: in order, without empty ones. A track of MP4 shows one cue at a time: there,
// captions that overlap are cut where one begins or ends, and each piece shows all that hold then.
std::vector<Cue> cues_of(const std::vector<TimedCaption>& captions, Container container);

// The subtitle track that the captions go to.
class CaptionTrack : public AddedTrack {
 public:
  // Adds a stream to the output. `language` is ISO 639.
  CaptionTrack(MediaOutput& output, Container container, ContainerForm form,
               const std::string& language, bool is_default,
               const std::vector<TimedCaption>& captions);

  void write_until(std::int64_t time_us) override;
  void write_all() override;
  std::vector<std::string> losses() const override { return losses_; }

 private:
  void describe(AVCodecParameters* parameters) const;
  void write(const Cue& cue);

  MediaOutput& output_;
  Container container_;
  ContainerForm form_;
  AVStream* stream_;  // the output's
  std::vector<std::string> losses_;
  std::vector<Cue> cues_;  // of TTML, their text is a document
  std::size_t written_ = 0;
};

// Three letters for two, as Matroska and MP4 want them: "eng" for "en". What is not known stays as
// it is.
std::string three_letter_language(const std::string& language, Container container);

}  // namespace dali
