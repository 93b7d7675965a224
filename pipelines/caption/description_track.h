// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipelines/caption/added_track.h"
#include "pipelines/caption/media_output.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/programme_sound.h"
#include "pipelines/caption/sample_encoder.h"
#include "pipelines/caption/spoken_description.h"

namespace dali {

// The sound track that a description is heard on: the programme with the speech mixed in, or the
// speech alone, from the medium's first moment to its end, flagged for the visually impaired. It
// reads the medium for itself.
class DescriptionTrack : public AddedTrack {
 public:
  // Adds a stream to the output. All are borrowed. Throws MediaError.
  DescriptionTrack(MediaOutput& output, Container container, const Medium& medium,
                   const std::string& language, SpokenDescription& description);

  void write_until(std::int64_t time_us) override;
  void write_all() override;

 private:
  void write_silence_until(std::int64_t sample);
  void write(std::span<float> interleaved);

  MediaOutput& output_;
  SpokenDescription& description_;
  std::optional<ProgrammeSound> sound_;  // none, or none any more
  DescriptionMixer mixer_;
  SampleEncoder encoder_;
  StreamEncoder::PacketSink on_packet_;
  AVStream* stream_;  // the output's
  std::int64_t end_sample_;
  std::vector<float> silence_;
  std::vector<float> planes_;                // of AAC
  std::vector<std::int16_t> integers_;       // of FLAC
  std::vector<std::int32_t> wide_integers_;  // of FLAC with more than 16 bits
};

}  // namespace dali
