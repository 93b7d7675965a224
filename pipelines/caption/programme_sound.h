// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/describing/programme_loudness.h"
#include "pipelines/caption/container.h"
#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/sample_clock.h"
#include "pipelines/caption/sample_encoder.h"
#include "pipelines/caption/stream_filter.h"

namespace dali {

// What a description track is encoded to that goes beside this sound: FLAC beside sound of which
// nothing is lost, in Matroska, and AAC otherwise. The rate and the channels are the sound's own as
// far as the codec has them.
SampleForm description_form(const AVCodecParameters* sound, Container container);

// One sound track of a medium as samples without holes, from the medium's first presented moment
// on: silence stands where it has none yet. Each object reads the medium from its beginning. One
// thread.
class ProgrammeSound {
 public:
  using SampleSink = std::function<void(std::span<float> interleaved)>;  // borrowed for the call

  // Throws MediaError.
  ProgrammeSound(const Medium& medium, int stream, Container container);
  ProgrammeSound(const ProgrammeSound&) = delete;
  ProgrammeSound& operator=(const ProgrammeSound&) = delete;

  // Some of the samples that follow; all are finite and none is beyond full scale. False: there are
  // no more.
  bool read(const SampleSink& on_samples);

  // Its rate and channels; nothing before the first sample.
  const std::optional<SampleForm>& form() const { return form_; }

  // Seconds of the medium; 0 while unknown.
  double duration_s() const { return input_.duration_s(); }

 private:
  std::string filters_for(const AVFrame* frame) const;
  void take(const AVFrame* frame, const SampleSink& on_samples);

  MediaInput input_;
  const AVStream* stream_;  // the input's
  SampleForm wanted_;
  FrameDecoder decoder_;
  StreamFilter filter_;
  std::optional<SampleForm> form_;
  std::optional<SampleClock> clock_;
  std::vector<float> silence_;
};

// What of the channels of a layout is how loud, and which of them somebody speaks from: the centre
// where there is one, else the two in front.
struct ChannelUse {
  std::vector<ChannelPlace> places;
  std::vector<bool> speaks;
};
ChannelUse channel_use(const std::string& layout);

}  // namespace dali
