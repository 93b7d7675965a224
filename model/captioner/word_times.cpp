// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/word_times.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "model/audio/log_mel.h"
#include "model/base/window.h"
#include "model/captioner/sound_span.h"
#include "model/captioner/spelled_words.h"

namespace dali {
namespace {

// Times between the borders are interpolated: half as long costs twice as much and finds no more.
constexpr double kSliceSeconds = 1.0;
constexpr std::int64_t kMostSlices = 32;
// Spectrograms that the model looks at in one go.
constexpr std::int64_t kBatch = 16;

constexpr double kFrameSeconds = static_cast<double>(kHopSamples) / kSampleRateHz;

// Nothing hidden; then, for each border, all behind it; then, for each, all before it.
at::Tensor with_parts_hidden(const at::Tensor& spectrogram,
                             const std::vector<std::int64_t>& borders) {
  const std::int64_t sound_frames = borders.back();
  // What the window is like in its quietest moment, at every pitch.
  const at::Tensor floor = std::get<0>(spectrogram.narrow(0, 0, sound_frames).min(0));
  std::vector<at::Tensor> spectrograms = {spectrogram};
  const auto hide = [&](std::int64_t from, std::int64_t to) {
    at::Tensor hidden = spectrogram.clone();
    if (to > from) hidden.narrow(0, from, to - from).copy_(floor.expand({to - from, -1}));
    spectrograms.push_back(std::move(hidden));
  };
  for (const std::int64_t border : borders) hide(border, sound_frames);
  for (const std::int64_t border : borders) hide(0, border);
  return at::stack(spectrograms);
}

// [spectrograms, tokens]; nothing once it was stopped.
std::optional<at::Tensor> likelihoods(const at::Tensor& spectrograms,
                                      const TokenLikelihood& likelihood,
                                      const std::stop_token& stop) {
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < spectrograms.size(0); first += kBatch) {
    if (stop.stop_requested()) return std::nullopt;
    const std::int64_t count = std::min(kBatch, spectrograms.size(0) - first);
    parts.push_back(likelihood(spectrograms.narrow(0, first, count)));
  }
  return at::cat(parts);
}

}  // namespace

std::vector<LocatedWord> word_times(const at::Tensor& spectrogram, std::int64_t sound_frames,
                                    std::span<const std::int64_t> ids, const Tokenizer& tokenizer,
                                    const TokenLikelihood& likelihood,
                                    const std::stop_token& stop) {
  sound_frames = std::min(sound_frames, spectrogram.size(0));
  const double sound_s = static_cast<double>(sound_frames) * kFrameSeconds;
  const std::int64_t slices =
      std::clamp<std::int64_t>(std::llround(sound_s / kSliceSeconds), 2, kMostSlices);
  if (ids.empty() || sound_frames < slices) return {};
  std::vector<std::int64_t> borders;
  for (std::int64_t slice = 0; slice <= slices; ++slice) {
    borders.push_back(slice * sound_frames / slices);
  }
  const auto known = likelihoods(with_parts_hidden(spectrogram, borders), likelihood, stop);
  if (!known) return {};
  const auto count = static_cast<std::size_t>(slices) + 1;
  std::vector<LocatedWord> located;
  for (const SpelledWord& word : spelled_words(ids, tokenizer)) {
    const at::Tensor of_word = known
                                   ->narrow(1, static_cast<std::int64_t>(word.first),
                                            static_cast<std::int64_t>(word.last - word.first))
                                   .sum(1)
                                   .to(at::kDouble)
                                   .contiguous();
    const std::span<const double> all(of_word.data_ptr<double>(), 1 + 2 * count);
    std::vector<double> losses;
    for (const double hidden : all.subspan(1)) losses.push_back(all.front() - hidden);
    const std::span<const double> lost(losses);
    const std::optional<SoundSpan> span =
        sound_span({.hidden_after = lost.first(count), .hidden_before = lost.last(count)});
    if (!span) continue;
    const double slice_s = sound_s / static_cast<double>(slices);
    located.push_back(
        {.text = word.text, .start_s = span->start * slice_s, .end_s = span->end * slice_s});
  }
  return located;
}

}  // namespace dali
