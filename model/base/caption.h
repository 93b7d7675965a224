// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace dali {

// Where the time of a caption went: seconds of wall clock, a stage after the other. What did not
// run took 0.
struct CaptionTiming {
  double mel_s = 0.0;           // samples to spectrogram
  double pixels_s = 0.0;        // frame to pixels
  double audio_tower_s = 0.0;   // spectrogram to tokens
  double vision_tower_s = 0.0;  // pixels to tokens
  double prefill_s = 0.0;       // projector, prompt, first pass of the decoder, first token
  double decoding_s = 0.0;      // the tokens after the first
  double locating_s = 0.0;      // when its words sound, where that was asked for
  double weighing_s = 0.0;      // what the sound made likelier, where that was asked for

  CaptionTiming& operator+=(const CaptionTiming& other) {
    mel_s += other.mel_s;
    pixels_s += other.pixels_s;
    audio_tower_s += other.audio_tower_s;
    vision_tower_s += other.vision_tower_s;
    prefill_s += other.prefill_s;
    decoding_s += other.decoding_s;
    locating_s += other.locating_s;
    weighing_s += other.weighing_s;
    return *this;
  }
};

// A word of a caption, and where in the window's sound that lies which it was said for.
struct LocatedWord {
  std::string text;      // as the caption has it, without marks around it
  double start_s = 0.0;  // from the window's begin
  double end_s = 0.0;
};

// A word of a caption, and how much likelier sound and picture together make it than the picture
// alone does: log p(word | sound, picture) - log p(word | picture), each after the words before it.
struct WeighedWord {
  std::string text;   // as the caption has it, without marks around it
  double gain = 0.0;  // natural logarithm; finite
};

// From this gain on a word that names a thing is taken for one of something that is heard and not
// seen. Tuned on clips of the toy world: docs/training.md has the figures.
inline constexpr double kOffScreenGain = 2.7;

// What a captioner says of one window.
struct Caption {
  std::string text;  // valid UTF-8, one line, without surrounding spaces; may be empty
  double mean_log_probability = 0.0;  // natural logarithm, mean over the tokens; at most 0
  int token_count = 0;                // generated tokens, the end-of-sequence token included
  CaptionTiming timing = {};
  std::vector<LocatedWord> words = {};  // in order; empty unless they were asked for
  // All words in order, where that was asked for and the caption was made from sound and picture.
  std::vector<WeighedWord> weighed_words = {};
};

}  // namespace dali
