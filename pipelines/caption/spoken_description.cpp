// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/spoken_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/program_log.h"
#include "pipelines/caption/programme_sound.h"
#include "pipelines/caption/track_choice.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

// A voice that cannot is no matter of the medium, and of no medium if it cannot say three words.
template <typename Speak>
auto spoken_for(const std::string& medium, const Speak& speak) {
  try {
    return speak();
  } catch (const VoiceError& error) {
    throw MediaError(medium + ": " + error.what());
  }
}

}  // namespace

SpokenDescription::SpokenDescription(const Medium& medium, const DescriptionOptions& options,
                                     Container container, Progress& progress)
    : medium_(medium.name),
      options_(options),
      voice_(options.voice, options.plan.natural_words_a_minute) {
  CaptionedTracks tracks;
  {
    const MediaInput input(medium);
    tracks = captioned_tracks(input.context(), medium);
    duration_s_ = input.duration_s();
  }
  if (!tracks.picture) throw MediaError(medium.name + ": holds no picture to describe");
  if (tracks.sound) listen(medium, tracks.sound->stream, container, progress);
}

void SpokenDescription::listen(const Medium& medium, int stream, Container container,
                               Progress& progress) {
  progress.begin(medium.name + ": its sound");
  ProgrammeSound sound(medium, stream, container);
  std::optional<LoudnessMeter> meter;
  std::size_t channels = 0;
  std::int64_t heard = 0;
  const auto hear = [&](std::span<const float> samples) {
    if (!meter) {
      const ChannelUse use = channel_use(sound.form()->layout);
      channels = use.places.size();
      meter.emplace(sound.form()->rate_hz, use.places);
    }
    meter->hear(samples);
    heard += static_cast<std::int64_t>(samples.size() / channels);
    progress.update(static_cast<double>(heard) / sound.form()->rate_hz, duration_s_);
  };
  while (sound.read(hear)) throw_if_interrupted();
  if (!meter) return;  // a track that is announced, and empty
  sound_stream_ = stream;
  form_ = *sound.form();
  loudness_ = meter->finish();
  duration_s_ = std::max(duration_s_, static_cast<double>(heard) / form_.rate_hz);
  GST_INFO("%s: the loudness of its sound is %.1f LUFS", medium.name.c_str(),
           loudness_.integrated_lufs);
}

void SpokenDescription::plan(const std::vector<TimedCaption>& captions) {
  std::vector<SeenCaption> seen;
  for (const TimedCaption& caption : captions) {
    seen.push_back({.start_s = caption.start_s, .end_s = caption.end_s, .text = caption.text});
  }
  // A medium that does not say how long it is shows what was described of it.
  if (duration_s_ <= 0.0 && !seen.empty()) duration_s_ = seen.back().end_s;
  const std::vector<Pause> pauses = pauses_of(loudness_, duration_s_, options_.pauses);
  for (const Pause& pause : pauses) {
    GST_DEBUG("%s: a pause from %.2f s to %.2f s", medium_.c_str(), pause.start_s, pause.end_s);
  }
  std::map<Voice::Phrase, double> lengths_s;
  const auto length_s = [&](const std::string& text, int words_a_minute) {
    const auto [found, is_new] = lengths_s.try_emplace({text, words_a_minute}, 0.0);
    if (is_new) {
      found->second =
          static_cast<double>(voice_.length(text, words_a_minute, form_.rate_hz)) / form_.rate_hz;
    }
    return found->second;
  };
  plan_ =
      spoken_for(medium_, [&] { return plan_descriptions(seen, pauses, options_.plan, length_s); });
  std::set<Voice::Phrase> spoken;
  captions_.clear();
  for (const PlannedDescription& description : plan_.spoken) {
    spoken.emplace(description.text, description.words_a_minute);
    TimedCaption& caption = captions_.emplace_back(captions[description.caption]);
    caption.start_s = description.start_s;
    caption.end_s = description.end_s;
    caption.text = description.text;
    GST_INFO("%s: \"%s\" is spoken from %.2f s to %.2f s, %d words a minute", medium_.c_str(),
             caption.text.c_str(), caption.start_s, caption.end_s, description.words_a_minute);
  }
  voice_.forget_all_but(spoken);
}

DescriptionMixer SpokenDescription::mixer() {
  std::vector<Utterance> utterances;
  for (const PlannedDescription& description : plan_.spoken) {
    const double length_s = description.end_s - description.start_s;
    utterances.push_back({.first_sample = std::llround(description.start_s * form_.rate_hz),
                          .samples = std::llround(length_s * form_.rate_hz)});
  }
  const std::vector<bool> speaks = channel_use(form_.layout).speaks;
  const auto channels = static_cast<int>(std::ranges::count(speaks, true));
  const auto speech_of = [this, utterances, channels](std::size_t number) {
    const PlannedDescription& description = plan_.spoken[number];
    std::vector<float> speech = spoken_for(medium_, [&] {
      return voice_.speech(description.text, description.words_a_minute, form_.rate_hz);
    });
    const double gain =
        speech_gain(utterances[number], speech, form_.rate_hz, loudness_, channels, options_.mix);
    for (float& sample : speech) sample *= static_cast<float>(gain);
    return speech;
  };
  return {utterances, speaks, form_.rate_hz, options_.mix, speech_of};
}

std::string SpokenDescription::report() const {
  const auto count = plan_.spoken.size();
  std::string text = medium_ + ": " + (count == 0 ? "no" : std::to_string(count)) +
                     (count == 1 ? " description" : " descriptions");
  if (count > 0) {
    const auto [slowest, fastest] =
        std::ranges::minmax(plan_.spoken, {}, &PlannedDescription::words_a_minute);
    text += slowest.words_a_minute == fastest.words_a_minute
                ? fmt::format(" at {} words a minute", slowest.words_a_minute)
                : fmt::format(" at {} to {} words a minute", slowest.words_a_minute,
                              fastest.words_a_minute);
  }
  const auto shortened = std::ranges::count(plan_.spoken, true, &PlannedDescription::is_shortened);
  if (shortened > 0) text += fmt::format(", {} of them shortened", shortened);
  std::string left_out;
  for (const auto& [number, why] :
       {std::pair(plan_.without_pause, "without a pause of the sound while they show"),
        std::pair(plan_.too_long, "too long for their pauses"),
        std::pair(plan_.silent, "that the voice has no sound for"),
        std::pair(plan_.repeated, "that repeat what was said")}) {
    if (number == 0) continue;
    left_out += fmt::format("{}{} {}", left_out.empty() ? "; left out: " : ", ", number, why);
  }
  return text + left_out;
}

bool SpokenDescription::has_left_out() const {
  return plan_.without_pause > 0 || plan_.too_long > 0 || plan_.silent > 0;
}

}  // namespace dali
