// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include "tests/plugin/captioner_run.h"

namespace dali {

// What happens to a stream, step by step, and what its captions are to be: the rows of the truth
// table of timing faults. Every number is a time in milliseconds unless its name says otherwise.
class TimingRun;
using Step = std::function<void(TimingRun&)>;

// Contiguous buffers of 100 ms from one timestamp to another.
Step sound(int from_ms, int to_ms);
Step frames(int from_ms, int to_ms);
// Both at once, as a demuxer brings them.
Step media(int from_ms, int to_ms);

// As many samples as `from` to `to` asks for, but the buffers' timestamps lie `spacing_ms` apart.
Step sound_at_pace(int from_ms, int to_ms, int spacing_ms);
// Timestamps that are off by `jitter_ms`, now early, now late.
Step sound_with_jitter(int from_ms, int to_ms, int jitter_ms);
Step sound_without_timestamps(int length_ms);
Step frames_without_timestamps(int count);
Step frames_without_durations(int from_ms, int to_ms);
// The first buffer carries DISCONT.
Step discontinuous_sound(int from_ms, int to_ms);
Step discontinuous_frames(int from_ms, int to_ms);

Step sound_gap(int from_ms, int to_ms);  // GAP events
Step picture_gap(int from_ms, int to_ms);
Step sound_rate(int rate_hz);  // new caps; the sound that follows is of this rate
Step picture_size(int width_px);
Step sound_ends();
Step picture_ends();

// A new segment on each input: buffers from `start_ms` on have the running time `base_ms` on, and
// stream time `time_ms` on.
struct SegmentTimes {
  int start_ms = 0;
  int base_ms = 0;
  int time_ms = -1;  // as start_ms
  double rate = 1.0;
};
Step segment(SegmentTimes times);
Step flush();  // both inputs, as a seek does

struct ExpectedCaption {
  int start_ms = 0;
  int end_ms = 0;
  int sound_ms = 0;     // how much sound it was made from
  int picture_ms = -1;  // the timestamp of the frame it was made from; -1: no frame
};

struct TimingRow {
  const char* name;  // of the test: the sentence it proves
  CaptionerRun::Inputs inputs;
  std::vector<Step> steps;
  std::vector<ExpectedCaption> captions;  // those after the last flush
};

// What comes out of text_src after the last flush, with windows of 4 s and a property set.
std::vector<TextItem> text_of(CaptionerRun::Inputs inputs, const std::vector<Step>& steps,
                              const char* property, const char* value);

// Plays a row with windows of 4 s and fails the test where the captions differ.
void play(const TimingRow& row);

}  // namespace dali
