// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/describing/description_mix.h"
#include "media/describing/description_plan.h"
#include "media/describing/programme_loudness.h"
#include "pipelines/caption/container.h"
#include "pipelines/caption/description_options.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/progress.h"
#include "pipelines/caption/sample_encoder.h"
#include "pipelines/caption/timed_caption.h"
#include "pipelines/caption/voice.h"

namespace dali {

// What a medium's picture shows, spoken in the pauses of its sound: which words, when, by which
// voice. One thread.
class SpokenDescription {
 public:
  // Tries the voice and listens to the whole medium. Throws MediaError for a medium without a
  // picture or that FFmpeg's libraries do not know, SetupError for a voice that does not speak,
  // Interrupted.
  SpokenDescription(const Medium& medium, const DescriptionOptions& options, Container container,
                    Progress& progress);

  // Finds the captions, which are in order, their places.
  void plan(const std::vector<TimedCaption>& captions);

  // What is spoken, with the times at which it is.
  const std::vector<TimedCaption>& captions() const { return captions_; }

  // What was described and what was not, in one line.
  std::string report() const;
  bool has_left_out() const;  // anything that is not a repetition

  // For the track: the stream of the programme's sound, if it has any, the track's form, and what
  // is mixed into it.
  std::optional<int> sound_stream() const { return sound_stream_; }
  const SampleForm& form() const { return form_; }
  DescriptionMixer mixer();  // which uses this
  double duration_s() const { return duration_s_; }
  const DescriptionOptions& options() const { return options_; }

 private:
  void listen(const Medium& medium, int stream, Container container, Progress& progress);

  std::string medium_;  // its name
  DescriptionOptions options_;
  Voice voice_;
  std::optional<int> sound_stream_;
  SampleForm form_;
  ProgrammeLoudness loudness_;
  double duration_s_ = 0.0;
  DescriptionPlan plan_;
  std::vector<TimedCaption> captions_;
};

}  // namespace dali
