// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/describing/describer_voice.h"

#include <exception>
#include <utility>

#include "gst-plugin/describing/spoken_sound.h"

namespace dali {

DescriberVoice::DescriberVoice(VoiceCommand command, int words_a_minute, Listeners listeners)
    : command_(std::move(command)),
      words_a_minute_(words_a_minute),
      listeners_(std::move(listeners)),
      thread_([this](const std::stop_token& stop) {
        try {
          work(stop);
        } catch (const std::exception& error) {
          if (!stop.stop_requested()) listeners_.on_fault(error.what());
        }
      }) {}

DescriberVoice::~DescriberVoice() = default;  // the thread is asked to stop, and joined

void DescriberVoice::set_rate(int rate_hz) {
  const std::lock_guard lock(mutex_);
  if (rate_hz != rate_hz_) forget_asked();
  rate_hz_ = rate_hz;
}

void DescriberVoice::speak(std::string text) {
  const std::lock_guard lock(mutex_);
  // Before the sound has begun there is nothing to speak into.
  if (rate_hz_ == 0) return;
  asked_ = std::move(text);
  has_work_.notify_one();
}

void DescriberVoice::forget() {
  const std::lock_guard lock(mutex_);
  forget_asked();
}

void DescriberVoice::forget_asked() {
  ++epoch_;
  asked_.reset();
  made_.reset();
}

std::optional<LiveSpeech> DescriberVoice::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(made_, std::nullopt);
}

void DescriberVoice::work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!has_work_.wait(lock, stop, [this] { return asked_.has_value(); })) return;
    const std::string text = *std::exchange(asked_, std::nullopt);
    const int rate_hz = rate_hz_;
    const unsigned epoch = epoch_;
    lock.unlock();
    const std::string sound =
        spoken_by(command_, text, words_a_minute_, [&] { return stop.stop_requested(); });
    LiveSpeech speech{.text = text, .samples = samples_of_sound(sound, rate_hz, command_.command)};
    lock.lock();
    if (epoch != epoch_) continue;
    made_ = std::move(speech);
    lock.unlock();
    listeners_.on_ready(text);
  }
}

}  // namespace dali
