// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/describing/description_mix.h"
#include "media/describing/pauses.h"
#include "media/describing/programme_loudness.h"

namespace dali {

struct LiveDescriptionRules {
  PauseRules pauses = {};
  MixRules mix = {};
  double patience_s = 5.0;  // that a description waits for a pause before it is left out
};

// Speech that has been made of a caption.
struct LiveSpeech {
  std::string text;
  std::vector<float> samples;  // mono, at the programme's rate
};

// What has become of a description.
struct LiveOutcome {
  enum class Kind {
    kBegun,
    kSpoken,    // to its end
    kCut,       // because the programme went on
    kLate,      // no pause came in time
    kReplaced,  // by a newer one while it waited
    kRepeated,  // it says no word that the last one did not
  };
  Kind kind;
  std::string text;
};

// Descriptions in a programme that is heard while it is made: nobody knows how long a pause will
// last. So one begins when it has been quiet for a while, and is faded out when the programme goes
// on; the samples are never held back. Not thread-safe.
class LiveDescription {
 public:
  // A place for each channel, and whether somebody speaks from it.
  LiveDescription(int rate_hz, const std::vector<ChannelPlace>& places,
                  const std::vector<bool>& speaks, const LiveDescriptionRules& rules);

  // To be spoken in the next pause. One that waits gives way.
  void offer(LiveSpeech speech);

  // interleaved [samples, channels]: what follows of the programme, which becomes the mix.
  void mix(std::span<float> interleaved);

  // The programme jumps: what waits or is spoken is forgotten.
  void forget();

  // Since the last call, in order.
  std::vector<LiveOutcome> take_outcomes() { return std::exchange(outcomes_, {}); }

 private:
  void hear(std::span<const float> step);
  void begin();
  bool is_repetition(const std::string& text) const;
  void note(LiveOutcome::Kind kind, const std::string& text) { outcomes_.push_back({kind, text}); }
  void mix_frame(std::span<float> frame);

  LiveDescriptionRules rules_;
  LoudnessMeter meter_;
  std::vector<bool> speaks_;
  int rate_hz_;
  float edge_step_;  // of the programme's gain, a sample
  float ducked_;
  std::optional<LiveSpeech> waiting_;
  std::int64_t waited_samples_ = 0;
  std::int64_t quiet_samples_ = 0;  // so long it has been quiet
  std::vector<float> speech_ = {};  // that is spoken now
  std::size_t next_spoken_ = 0;     // of its samples
  bool is_fading_ = false;          // it is cut
  float programme_gain_ = 1.0F;
  float speech_gain_ = 1.0F;
  std::string text_ = {};  // of what is spoken or was last
  std::vector<LiveOutcome> outcomes_;
};

}  // namespace dali
