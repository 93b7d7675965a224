// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>

namespace dali {

// A voice that does not speak. The message is one line that names its command.
class VoiceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command of the voice where the user names none: espeak-ng's.
extern const char* const kDefaultVoiceCommand;

// A program that speaks: text on its standard input, a file of sound on its standard output. It is
// a line for the shell, with DALI_VOICE (a language, or what else the user called the voice) and
// DALI_WORDS_A_MINUTE in its environment.
struct VoiceCommand {
  std::string command = kDefaultVoiceCommand;
  std::string voice = "en";
  std::chrono::milliseconds patience{30'000};  // for one text
  std::size_t most_bytes = 64U << 20;          // of one text's sound: ten minutes of CD
};

// What the command writes for the text. It is ended, with all that it has started, when it takes
// too long, says too much or when `is_to_stop` says so; a VoiceError then, as for a command that is
// not there, fails or writes nothing, with what it said of it. `is_to_stop` is asked ten times a
// second.
std::string spoken_by(const VoiceCommand& voice, const std::string& text, int words_a_minute,
                      const std::function<bool()>& is_to_stop);

}  // namespace dali
