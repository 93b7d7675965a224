// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/voice.h"

#include <cmath>

#include "media/describing/heard_part.h"
#include "model/base/in_quotes.h"
#include "model/base/memory_file.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/frame_decoder.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/media_input.h"
#include "pipelines/caption/stream_filter.h"

namespace dali {
namespace {

constexpr int kTrialRateHz = 16000;

std::vector<float> decoded(const std::string& sound, int rate_hz, const std::string& command) {
  std::vector<float> samples;
  try {
    MemoryFile file(command);
    file.write(sound);
    MediaInput input({.name = file.path().string(), .output = {}, .refuses_references = true});
    const AVStream* stream = input.stream(0);
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) throw MediaError(command);
    FrameDecoder decoder(stream, command);
    StreamFilter filter(stream, command, [&](const AVFrame*) {
      return "aformat=sample_fmts=flt:channel_layouts=mono:sample_rates=" + std::to_string(rate_hz);
    });
    const FrameSink on_filtered = [&](AVFrame* frame) {
      const auto* first = reinterpret_cast<const float*>(frame->extended_data[0]);
      samples.insert(samples.end(), first, first + frame->nb_samples);
    };
    const FrameSink on_frame = [&](AVFrame* frame) { filter.filter(frame, on_filtered); };
    const PacketHandle packet = new_packet();
    while (input.read(packet.get())) {
      if (packet->stream_index == stream->index) decoder.decode(packet.get(), on_frame);
      av_packet_unref(packet.get());
    }
    decoder.decode(nullptr, on_frame);
    filter.filter(nullptr, on_filtered);
  } catch (const MediaError&) {
    throw VoiceError("the voice " + in_quotes(command) + " wrote what is no sound");
  }
  for (float& sample : samples) {
    if (!std::isfinite(sample)) sample = 0.0F;
  }
  return samples;
}

}  // namespace

Voice::Voice(const VoiceCommand& command, int words_a_minute) : command_(command) {
  if (length("One, two, three.", words_a_minute, kTrialRateHz) > 0) return;
  throw VoiceError("the voice " + in_quotes(command_.command) + " says nothing: it is silent");
}

const std::string& Voice::sound_of(const std::string& text, int words_a_minute) {
  const auto [found, is_new] = sounds_.try_emplace({text, words_a_minute});
  if (!is_new) return found->second;
  try {
    found->second = spoken_by(command_, text, words_a_minute, is_interrupted);
  } catch (const VoiceError&) {
    sounds_.erase(found);
    throw_if_interrupted();
    throw;
  }
  return found->second;
}

void Voice::forget_all_but(const std::set<Phrase>& phrases) {
  std::erase_if(sounds_, [&](const auto& spoken) { return !phrases.contains(spoken.first); });
}

std::vector<float> Voice::speech(const std::string& text, int words_a_minute, int rate_hz) {
  return heard_part(decoded(sound_of(text, words_a_minute), rate_hz, command_.command));
}

std::int64_t Voice::length(const std::string& text, int words_a_minute, int rate_hz) {
  return static_cast<std::int64_t>(speech(text, words_a_minute, rate_hz).size());
}

}  // namespace dali
