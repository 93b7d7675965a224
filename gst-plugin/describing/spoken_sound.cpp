// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/describing/spoken_sound.h"

#include <gst/audio/audio.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>

#include "gst-plugin/gst_handles.h"
#include "media/describing/heard_part.h"
#include "media/describing/voice_command.h"
#include "model/base/in_quotes.h"
#include "model/base/memory_file.h"

namespace dali {
namespace {

constexpr int kLongestSeconds = 60;

struct Mono {
  std::vector<float> samples;
  int rate_hz = 0;
};

// In blocks: a stream that is written to a pipe has a head that claims anything.
Mono decoded(const std::string& sound, const std::string& command) {
  MemoryFile file(command);
  file.write(sound);
  SF_INFO info = {};
  const std::unique_ptr<SNDFILE, decltype(&sf_close)> reader(
      sf_open(file.path().c_str(), SFM_READ, &info), sf_close);
  if (!reader || info.channels < 1 || info.samplerate < 1) {
    throw VoiceError("the voice " + in_quotes(command) + " wrote what is no sound");
  }
  constexpr sf_count_t kBlock = 4096;
  Mono mono{.samples = {}, .rate_hz = info.samplerate};
  const auto longest =
      static_cast<std::size_t>(kLongestSeconds) * static_cast<std::size_t>(info.samplerate);
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> block(kBlock * channels);
  sf_count_t read = kBlock;
  while (read == kBlock && mono.samples.size() < longest) {
    read = sf_readf_float(reader.get(), block.data(), kBlock);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max<sf_count_t>(read, 0)); ++i) {
      const float sample = block[i * channels];
      mono.samples.push_back(std::isfinite(sample) ? sample : 0.0F);
    }
  }
  return mono;
}

GstAudioInfo mono_info(int rate_hz) {
  GstAudioInfo info;
  gst_audio_info_init(&info);
  gst_audio_info_set_format(&info, GST_AUDIO_FORMAT_F32, rate_hz, 1, nullptr);
  return info;
}

std::vector<float> at_rate(Mono mono, int rate_hz, const std::string& command) {
  if (mono.rate_hz == rate_hz || mono.samples.empty()) return std::move(mono.samples);
  GstAudioInfo from = mono_info(mono.rate_hz);
  GstAudioInfo to = mono_info(rate_hz);
  const AudioConverterHandle converter(
      gst_audio_converter_new(GST_AUDIO_CONVERTER_FLAG_NONE, &from, &to, nullptr));
  if (!converter) {
    throw VoiceError("the voice " + in_quotes(command) + " speaks at " +
                     std::to_string(mono.rate_hz) + " Hz, which cannot be resampled");
  }
  // The filter holds the last ones back until as many have followed.
  mono.samples.resize(mono.samples.size() + gst_audio_converter_get_max_latency(converter.get()));
  std::vector<float> converted(
      gst_audio_converter_get_out_frames(converter.get(), mono.samples.size()));
  gpointer in[] = {mono.samples.data()};
  gpointer out[] = {converted.data()};
  gst_audio_converter_samples(converter.get(), GST_AUDIO_CONVERTER_FLAG_NONE, in,
                              mono.samples.size(), out, converted.size());
  return converted;
}

}  // namespace

std::vector<float> samples_of_sound(const std::string& sound, int rate_hz,
                                    const std::string& command) {
  return heard_part(at_rate(decoded(sound, command), rate_hz, command));
}

}  // namespace dali
