// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "media/describing/programme_loudness.h"

namespace dali {

// Where a description sounds, in samples of the programme.
struct Utterance {
  std::int64_t first_sample = 0;
  std::int64_t samples = 0;

  std::int64_t end_sample() const { return first_sample + samples; }
};

struct MixRules {
  double ducked_db = -12.0;      // the programme's level under a description
  double edge_s = 0.2;           // that the programme takes to go down before it, and up after it
  double highest_peak = 0.89;    // of both together: -1 dBFS leaves room for what encoders add
  double silent_lufs = -23.0;    // of descriptions of a programme that has no loudness of its own
  double quietest_lufs = -31.0;  // as descriptions of a quiet and of a loud one are bounded
  double loudest_lufs = -16.0;
  bool is_speech_alone = false;  // the programme is left out altogether
};

// By how much the speech of an utterance, as the voice spoke it, is to be multiplied, so that it is
// as loud as the programme when `speaking_channels` have it alike, and no sum of both goes over the
// highest peak. That is how nothing clips without a limiter.
double speech_gain(const Utterance& utterance, std::span<const float> speech, int rate_hz,
                   const ProgrammeLoudness& programme, int speaking_channels,
                   const MixRules& rules);

// Mixes descriptions into a programme, piece by piece in order. What is not within `edge_s` of a
// description is left as it is, sample by sample. One thread.
class DescriptionMixer {
 public:
  // The samples of the utterance of that number, mono and with their gain; asked for when its turn
  // has come, so that no more than one is in memory.
  using SpeechOf = std::function<std::vector<float>(std::size_t number)>;

  // `utterances` are in order and do not overlap. `speaks`: of each channel, whether it has speech.
  DescriptionMixer(std::vector<Utterance> utterances, std::vector<bool> speaks, int rate_hz,
                   const MixRules& rules, SpeechOf speech_of);

  // interleaved [samples, channels]: what follows.
  void mix(std::span<float> interleaved);

 private:
  float programme_gain(std::int64_t sample) const;
  float speech_at(std::int64_t sample);

  std::vector<Utterance> utterances_;
  std::vector<bool> speaks_;
  float ducked_;
  std::int64_t edge_samples_;
  bool is_speech_alone_;
  SpeechOf speech_of_;
  std::int64_t next_sample_ = 0;
  std::size_t current_ = 0;         // the first utterance whose edge has not passed
  std::size_t next_spoken_ = 0;     // the first that has not ended
  std::vector<float> speech_ = {};  // of that one, once it has begun
};

}  // namespace dali
