// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "media/describing/voice_command.h"

namespace dali {

// What somebody speaks, as samples: the command's sound, in whatever form it has it. The same text
// at the same pace is spoken once. One thread.
class Voice {
 public:
  // Has the voice speak, so that one that cannot is known before any work. Throws VoiceError, and
  // Interrupted as all of this does.
  Voice(const VoiceCommand& command, int words_a_minute);

  // In samples at that rate, without the silence around it; 0 where the voice is silent.
  std::int64_t length(const std::string& text, int words_a_minute, int rate_hz);

  // Mono.
  std::vector<float> speech(const std::string& text, int words_a_minute, int rate_hz);

  using Phrase = std::pair<std::string, int>;  // and its words a minute
  void forget_all_but(const std::set<Phrase>& phrases);

 private:
  const std::string& sound_of(const std::string& text, int words_a_minute);

  VoiceCommand command_;
  std::map<Phrase, std::string> sounds_;  // files, as they were written
};

}  // namespace dali
