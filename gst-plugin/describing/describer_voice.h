// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "media/describing/live_description.h"
#include "media/describing/voice_command.h"

namespace dali {

// Makes speech of texts in a thread of its own, so that no stream waits for a voice. Of texts that
// come faster than they are spoken the newest counts. Any thread may call it.
class DescriberVoice {
 public:
  struct Listeners {
    std::function<void(const std::string& text)> on_ready;   // in the voice's thread, both
    std::function<void(const std::string& fault)> on_fault;  // it has ended then
  };

  DescriberVoice(VoiceCommand command, int words_a_minute, Listeners listeners);
  ~DescriberVoice();  // ends a voice that speaks
  DescriberVoice(const DescriberVoice&) = delete;
  DescriberVoice& operator=(const DescriberVoice&) = delete;

  // The sound's, which speech is made for: none before it is known. What was asked for at another
  // is forgotten.
  void set_rate(int rate_hz);
  void speak(std::string text);
  void forget();

  // What has been made since the last call.
  std::optional<LiveSpeech> take();

 private:
  void work(const std::stop_token& stop);
  void forget_asked();  // called with mutex_ held

  const VoiceCommand command_;
  const int words_a_minute_;
  const Listeners listeners_;
  std::mutex mutex_;
  std::condition_variable_any has_work_;  // a text, or the end
  std::optional<std::string> asked_;      // mutex_, all of these
  int rate_hz_ = 0;                       // 0: not known
  std::optional<LiveSpeech> made_;
  unsigned epoch_ = 0;   // of what was asked: forget() begins another
  std::jthread thread_;  // uses all of the above
};

}  // namespace dali
