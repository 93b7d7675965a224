// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever a stream's channels are, the model hears what is in them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "model/base/down_mix.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

// The sound of one channel at a moment in seconds.
using Voice = std::function<double(double)>;

Voice tone(double hz, double amplitude) {
  return [=](double at_s) { return amplitude * std::sin(2.0 * M_PI * hz * at_s); };
}

double silence(double /*at_s*/) {
  return 0.0;
}

Voice reversed(const Voice& voice) {
  return [=](double at_s) { return -voice(at_s); };
}

double amplitude_of(double level_db) {
  return std::sqrt(2.0) * std::pow(10.0, level_db / 20.0);
}

struct Sound {
  std::string format = "F32LE";
  int rate_hz = 16000;
  std::string layout = "interleaved";
  std::string mask = "";  // empty: none, or a stereo pair
  std::vector<Voice> voices = {};
  int length_ms = 1000;
  int piece_ms = 100;

  std::string caps() const {
    return "audio/x-raw,format=" + format + ",rate=" + std::to_string(rate_hz) +
           ",layout=" + layout + ",channels=" + std::to_string(voices.size()) +
           (mask.empty() ? "" : ",channel-mask=(bitmask)" + mask);
  }
};

BufferHandle buffer_of(const Sound& sound, const GstAudioInfo& info, int from_ms, int to_ms) {
  const auto first = static_cast<gsize>(from_ms) * info.rate / 1000;
  const auto frames = static_cast<gsize>(to_ms) * info.rate / 1000 - first;
  std::vector<double> samples;
  for (gsize frame = 0; frame < frames; ++frame) {
    for (const Voice& voice : sound.voices) {
      samples.push_back(voice(static_cast<double>(first + frame) / info.rate));
    }
  }
  GstAudioInfo from;
  gst_audio_info_set_format(&from, GST_AUDIO_FORMAT_F64, info.rate, info.channels, info.position);
  from.flags = info.flags;
  std::vector<guint8> bytes(frames * static_cast<gsize>(info.bpf));
  const auto width = static_cast<std::size_t>(info.finfo->width / 8);
  const std::size_t channels = sound.voices.size();
  // One channel at a time: GStreamer converts at most 63 together.
  GstAudioInfo mono_from;
  GstAudioInfo mono_to;
  gst_audio_info_set_format(&mono_from, GST_AUDIO_FORMAT_F64, info.rate, 1, nullptr);
  gst_audio_info_set_format(&mono_to, GST_AUDIO_INFO_FORMAT(&info), info.rate, 1, nullptr);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const dali::AudioConverterHandle converter(
        gst_audio_converter_new(GST_AUDIO_CONVERTER_FLAG_NONE, &mono_from, &mono_to, nullptr));
    std::vector<double> one;
    for (gsize frame = 0; frame < frames; ++frame)
      one.push_back(samples[frame * channels + channel]);
    std::vector<guint8> converted(frames * width);
    gpointer in[] = {one.data()};
    gpointer out[] = {converted.data()};
    gst_audio_converter_samples(converter.get(), GST_AUDIO_CONVERTER_FLAG_NONE, in, frames, out,
                                frames);
    const bool is_planar = info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
    for (gsize frame = 0; frame < frames; ++frame) {
      const std::size_t at = is_planar ? channel * frames + frame : frame * channels + channel;
      std::copy_n(converted.data() + frame * width, width, bytes.data() + at * width);
    }
  }
  BufferHandle buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(from_ms) * GST_MSECOND;
  if (info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED) {
    gst_buffer_add_audio_meta(buffer.get(), &info, frames, nullptr);
  }
  return buffer;
}

void push(CaptionerRun& run, const Sound& sound, int from_ms = 0) {
  const std::string text = sound.caps();
  g_autoptr(GstCaps) caps = gst_caps_from_string(text.c_str());
  GstAudioInfo info;
  ck_assert_msg(gst_audio_info_from_caps(&info, caps), "%s", text.c_str());
  run.push_event(run.audio, gst_event_new_caps(caps));
  for (int at_ms = from_ms; at_ms < sound.length_ms; at_ms += sound.piece_ms) {
    const int to_ms = std::min(at_ms + sound.piece_ms, sound.length_ms);
    ck_assert_int_eq(gst_harness_push(run.audio, buffer_of(sound, info, at_ms, to_ms).release()),
                     GST_FLOW_OK);
  }
}

// What the model hears of the one window; empty when it is not asked.
std::vector<float> heard_of(const Sound& sound) {
  CaptionerRun run(Inputs::kAudio, "window",
                   std::to_string(std::max(1000, sound.length_ms)).c_str());
  run.open(sound.caps().c_str());
  push(run, sound);
  run.end();
  run.text_until_eos();
  const auto asked = run.engine->asked();
  return asked.empty() ? std::vector<float>() : asked[0].samples;
}

double level_db(const std::vector<float>& samples) {
  double sum = 0.0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return 10.0 * std::log10(sum / static_cast<double>(samples.size()));
}

void expect_alike(const std::vector<float>& samples, const std::vector<float>& expected,
                  float tolerance, const std::string& name) {
  ck_assert_msg(samples.size() == expected.size(), "%s: %zu samples, not %zu", name.c_str(),
                samples.size(), expected.size());
  for (std::size_t at = 0; at < samples.size(); ++at) {
    ck_assert_msg(std::abs(samples[at] - expected[at]) <= tolerance, "%s: sample %zu is %g, not %g",
                  name.c_str(), at, samples[at], expected[at]);
  }
}

}  // namespace

START_TEST(channels_that_cancel_give_way_to_the_loudest) {
  const Voice voice = tone(440, 0.3);
  const auto alone = heard_of({.voices = {voice}});
  expect_alike(heard_of({.voices = {voice, reversed(voice)}}), alone, 0.0F, "antiphase");
  const auto louder = heard_of({.voices = {tone(440, -0.4)}});
  expect_alike(heard_of({.voices = {voice, tone(440, -0.4)}}), louder, 0.0F, "the second louder");
  const auto three = heard_of({.mask = "0x0", .voices = {silence, voice, reversed(voice)}});
  expect_alike(three, alone, 0.0F, "of three");
}
END_TEST

START_TEST(every_format_and_rate_is_heard_in_antiphase) {
  const Voice voice = tone(440, 0.4);
  for (const char* format : {"S8", "U8", "S16LE", "S16BE", "U16LE", "S18LE", "S20BE", "S24LE",
                             "S24_32LE", "U24_32BE", "S32LE", "U32BE", "F32BE", "F64LE"}) {
    for (const char* layout : {"interleaved", "non-interleaved"}) {
      const auto heard =
          heard_of({.format = format, .layout = layout, .voices = {voice, reversed(voice)}});
      const std::string name = std::string(format) + " " + layout;
      ck_assert_msg(heard.size() == 16000, "%s: %zu samples", name.c_str(), heard.size());
      ck_assert_msg(std::abs(level_db(heard) - level_db(heard_of({.voices = {voice}}))) < 0.2, "%s",
                    name.c_str());
    }
  }
  for (const int rate_hz : {8000, 11025, 22050, 44100, 48000, 96000, 192000}) {
    const auto heard =
        heard_of({.format = "S16LE", .rate_hz = rate_hz, .voices = {voice, reversed(voice)}});
    ck_assert_msg(std::abs(level_db(heard) - 20 * std::log10(0.4 / std::sqrt(2.0))) < 0.2,
                  "%d Hz: %g dB", rate_hz, level_db(heard));
  }
}
END_TEST

START_TEST(one_channel_among_silent_ones_is_as_loud_as_alone) {
  const Voice voice = tone(700, 0.2);
  const auto alone = heard_of({.voices = {voice}});
  struct Case {
    const char* name;
    std::size_t channels;
    const char* mask;
  };
  for (const Case& row : {Case{"stereo", 2, ""}, Case{"5.1", 6, "0x3f"}, Case{"7.1", 8, "0xc3f"},
                          Case{"5.1 without positions", 6, "0x0"}, Case{"64", 64, "0x0"}}) {
    for (const char* layout : {"interleaved", "non-interleaved"}) {
      for (const std::size_t channel : {std::size_t{0}, row.channels / 2, row.channels - 1}) {
        Sound sound{.layout = layout, .mask = row.mask};
        sound.voices.assign(row.channels, silence);
        sound.voices[channel] = voice;
        expect_alike(heard_of(sound), alone, 1e-6F,
                     std::string(row.name) + ", channel " + std::to_string(channel));
      }
    }
  }
}
END_TEST

START_TEST(the_same_in_all_channels_is_heard_as_it_is) {
  const Voice voice = tone(700, 0.2);
  const auto alone = heard_of({.voices = {voice}});
  for (const std::size_t channels : {2, 3, 6, 64}) {
    Sound sound{.mask = channels == 2 ? "" : "0x0"};
    sound.voices.assign(channels, voice);
    expect_alike(heard_of(sound), alone, 1e-6F, std::to_string(channels));
  }
}
END_TEST

START_TEST(channels_that_have_nothing_to_do_with_each_other_are_all_heard) {
  const auto heard = heard_of({.voices = {tone(440, 0.3), tone(1000, 0.3)}});
  ck_assert(std::abs(level_db(heard) - 20 * std::log10(0.3 / std::sqrt(2.0))) < 0.1);
  // Both in equal parts: each correlates with the mix alike.
  double first = 0.0;
  double second = 0.0;
  for (std::size_t at = 0; at < heard.size(); ++at) {
    const double time_s = static_cast<double>(at) / 16000.0;
    first += heard[at] * tone(440, 0.3)(time_s);
    second += heard[at] * tone(1000, 0.3)(time_s);
  }
  ck_assert(first > 100.0);
  ck_assert(std::abs(first / second - 1.0) < 0.01);
}
END_TEST

START_TEST(the_gate_hears_the_loudest_channel) {
  struct Case {
    const char* name;
    std::vector<Voice> voices;
    bool is_heard;
  };
  const Voice above = tone(500, amplitude_of(-58));
  const Voice below = tone(500, amplitude_of(-62));
  // A bark of 100 ms in antiphase under a hum that is below the threshold, but more in all.
  const Voice hum = tone(100, amplitude_of(-64));
  const Voice bark = [](double at_s) {
    return at_s >= 0.4 && at_s < 0.5 ? tone(900, amplitude_of(-57))(at_s) : 0.0;
  };
  const Case rows[] = {
      {"one above, one silent", {above, silence}, true},
      {"both below", {below, below}, false},
      {"antiphase above", {above, reversed(above)}, true},
      {"antiphase below", {below, reversed(below)}, false},
      {"one of eight above",
       {silence, silence, silence, silence, silence, above, silence, silence},
       true},
      {"a bark that cancels",
       {[=](double at_s) { return hum(at_s) + bark(at_s); },
        [=](double at_s) { return hum(at_s) - bark(at_s); }},
       true},
      {"the hum alone", {hum, hum}, false},
  };
  for (const Case& row : rows) {
    const Sound sound{.mask = row.voices.size() == 2 ? "" : "0x0", .voices = row.voices};
    ck_assert_msg(!heard_of(sound).empty() == row.is_heard, "%s", row.name);
  }
}
END_TEST

START_TEST(the_choice_does_not_depend_on_how_buffers_split) {
  // In phase for a while, then in antiphase and louder; at a rate that is resampled.
  const Voice left = [](double at_s) { return tone(300, at_s < 2.0 ? 0.1 : 0.5)(at_s); };
  const Voice right = [=](double at_s) { return at_s < 2.0 ? left(at_s) : -left(at_s); };
  std::vector<float> expected;
  for (const int piece_ms : {100, 10, 70, 4000}) {
    const auto heard = heard_of({.format = "S16LE",
                                 .rate_hz = 44100,
                                 .voices = {left, right},
                                 .length_ms = 4000,
                                 .piece_ms = piece_ms});
    if (expected.empty()) expected = heard;
    expect_alike(heard, expected, 0.0F, std::to_string(piece_ms) + " ms");
  }
  ck_assert(level_db(expected) > -15.0);
}
END_TEST

START_TEST(channels_may_change_within_a_window) {
  const Voice voice = tone(440, 0.3);
  const auto alone = heard_of({.voices = {voice}, .length_ms = 3000});
  CaptionerRun run(Inputs::kAudio, "window", "3000");
  const Sound first{.voices = {voice}, .length_ms = 1000};
  run.open(first.caps().c_str());
  push(run, first);
  push(run, {.voices = {voice, reversed(voice)}, .length_ms = 2000}, 1000);
  push(run, {.mask = "0x3f", .voices = std::vector<Voice>(6, voice), .length_ms = 3000}, 2000);
  run.end();
  run.text_until_eos();
  const auto asked = run.engine->asked();
  ck_assert_uint_eq(asked.size(), 1);
  expect_alike(asked[0].samples, alone, 1e-6F, "changes");
}
END_TEST

START_TEST(a_gap_in_several_channels_is_silence) {
  const Voice voice = tone(440, 0.3);
  CaptionerRun run(Inputs::kAudio, "window", "3000");
  const Sound sound{.voices = {voice, reversed(voice)}, .length_ms = 1000};
  run.open(sound.caps().c_str());
  push(run, sound);
  run.push_event(run.audio, gst_event_new_gap(GST_SECOND, GST_SECOND));
  push(run, {.voices = {voice, reversed(voice)}, .length_ms = 3000}, 2000);
  run.end();
  run.text_until_eos();
  const auto samples = run.engine->asked().at(0).samples;
  ck_assert_uint_eq(samples.size(), 48000);
  for (std::size_t at = 16000; at < 32000; ++at) ck_assert(samples[at] == 0.0F);
  ck_assert(samples[40009] != 0.0F);
}
END_TEST

START_TEST(samples_that_are_not_numbers_are_not_hidden) {
  const Voice broken = [](double at_s) {
    return at_s == 0.5 ? std::numeric_limits<double>::quiet_NaN() : 0.0;
  };
  for (const std::vector<Voice>& voices :
       {std::vector<Voice>{broken}, {tone(440, 0.3), broken}, {broken, silence}}) {
    const auto heard = heard_of({.voices = voices});
    ck_assert_uint_eq(heard.size(), 16000);
    ck_assert(std::isnan(heard[8000]));
  }
}
END_TEST

START_TEST(a_mix_is_no_louder_than_its_loudest_channel) {
  // Also where the channels cancel in part: here all but a fifth of the power.
  for (const double share : {-0.5, -0.2, 0.0, 0.3, 1.0}) {
    std::vector<float> interleaved;
    for (int at = 0; at < 16000; ++at) {
      const double angle = 0.07 * at;
      interleaved.push_back(static_cast<float>(0.5 * std::sin(angle)));
      interleaved.push_back(static_cast<float>(0.5 * share * std::sin(angle)));
    }
    const auto mixed = dali::down_mix(interleaved, 2);
    ck_assert(std::abs(level_db(mixed) - 20 * std::log10(0.5 / std::sqrt(2.0))) < 0.05);
  }
}
END_TEST

START_TEST(a_mix_stays_within_full_scale) {
  std::vector<float> interleaved;
  for (int at = 0; at < 16000; ++at) {
    interleaved.push_back(static_cast<float>(std::sin(0.07 * at)));
    interleaved.push_back(static_cast<float>(std::sin(0.19 * at)));
  }
  float peak = 0.0F;
  for (const float sample : dali::down_mix(interleaved, 2)) peak = std::max(peak, std::abs(sample));
  ck_assert(peak > 0.999F && peak <= 1.00001F);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* channels = tcase_create("channels");
  tcase_add_test(channels, channels_that_cancel_give_way_to_the_loudest);
  tcase_add_test(channels, every_format_and_rate_is_heard_in_antiphase);
  tcase_add_test(channels, one_channel_among_silent_ones_is_as_loud_as_alone);
  tcase_add_test(channels, the_same_in_all_channels_is_heard_as_it_is);
  tcase_add_test(channels, channels_that_have_nothing_to_do_with_each_other_are_all_heard);
  tcase_add_test(channels, the_gate_hears_the_loudest_channel);
  tcase_add_test(channels, the_choice_does_not_depend_on_how_buffers_split);
  tcase_add_test(channels, channels_may_change_within_a_window);
  tcase_add_test(channels, a_gap_in_several_channels_is_silence);
  tcase_add_test(channels, samples_that_are_not_numbers_are_not_hidden);
  tcase_add_test(channels, a_mix_is_no_louder_than_its_loudest_channel);
  tcase_add_test(channels, a_mix_stays_within_full_scale);
  tcase_set_timeout(channels, 60);
  Suite* suite = suite_create("sound-channels");
  suite_add_tcase(suite, channels);
  return dali::run_suite(suite);
}
