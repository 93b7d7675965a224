// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "model/base/window.h"

namespace dali {

// Where the triangles of a mel filterbank lie. The defaults are those of the log-mel front end.
struct MelFilterbankConfig {
  int mel_bins = 128;
  int fft_points = 512;
  double sample_rate_hz = kSampleRateHz;
  double low_hz = 20.0;     // where the first triangle starts
  double high_hz = 8000.0;  // where the last one ends
};

// One triangle, evenly sloped on the mel scale: weights[i] belongs to FFT bin first_bin + i.
// Without weights where the triangle is narrower than the distance of two FFT bins and falls
// between them.
struct MelFilter {
  int first_bin = 0;
  std::vector<double> weights;
  double centre_hz = 0.0;
};

// Kaldi's triangles, `mel_bins` of them; each starts at its neighbour's centre. The bin at half the
// sample rate has no weight in any of them. Throws std::invalid_argument for bins or an FFT of no
// length and for a range that is empty or beyond half the sample rate.
std::vector<MelFilter> mel_filterbank(const MelFilterbankConfig& config);

// The symmetric Hann window: 0 at both ends. At least two samples.
std::vector<double> hann_window(int samples);

}  // namespace dali
