// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/pair_choice.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "training/loop/process_group.h"
#include "training/losses/clip_pairs.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

ClipTerms terms_of(AlignmentLoss& loss, const torch::Tensor& audio, const torch::Tensor& image) {
  if (audio.size(0) == 0) return {.distances = at::zeros({0}, audio.options())};
  return loss.clip_terms(audio, image);
}

// The rows that processes of lower ranks have.
std::int64_t rows_before(const ProcessGroup& processes, std::int64_t own_rows) {
  if (processes.count() == 1) return 0;
  const auto ranks = processes.rows_of_all(at::full({own_rows}, processes.rank(), at::kFloat));
  return ranks.lt(processes.rank()).sum().item<std::int64_t>();
}

torch::Tensor indices(const std::vector<std::int64_t>& numbers, const torch::Tensor& of) {
  return at::tensor(numbers, at::kLong).to(of.device());
}

double share_of(std::size_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

PairChoice::PairChoice(const PairConfig& config) : config_(config) {
  if (!(config.trim > 0.0 && config.trim <= 1.0)) {
    throw std::invalid_argument("trim must be above 0 and at most 1");
  }
  if (config.pairing != "given" && config.pairing != "partial-transport") {
    throw std::invalid_argument("pairing '" + config.pairing +
                                "' is neither given nor partial-transport");
  }
}

void PairChoice::check_batch(std::int64_t clips) const {
  if (config_.trim < 1.0 && kept_count(config_.trim, clips) == clips) {
    throw std::invalid_argument(
        fmt::format("trim {} leaves out none of a batch of {}: a greater batch_size, with as many "
                    "clips, or a smaller share does",
                    config_.trim, clips));
  }
  if (is_paired_anew() && clips < 2) {
    throw std::invalid_argument(
        "a batch of 1 clip cannot be paired anew: batch_size must be 2 or more, of as many clips, "
        "or pairing given");
  }
}

ClipTerms PairChoice::terms(AlignmentLoss& loss, const torch::Tensor& audio,
                            const torch::Tensor& image, const ProcessGroup* processes) const {
  if (!compares_clips()) return terms_of(loss, audio, image);
  const ProcessGroup alone;
  const ProcessGroup& all = processes != nullptr ? *processes : alone;
  const double share = kept_share(config_.trim, epoch_);
  if (is_paired_anew() && epoch_ > 1) return paired_anew(loss, audio, image, all, share);
  return trimmed(loss, audio, image, all, share);
}

ClipTerms PairChoice::trimmed(AlignmentLoss& loss, const torch::Tensor& audio,
                              const torch::Tensor& image, const ProcessGroup& processes,
                              double share) const {
  const ClipTerms own = terms_of(loss, audio, image);
  const auto distances = processes.rows_of_all(own.distances.detach());
  const auto first = rows_before(processes, audio.size(0));
  const auto kept = least_distances(distances, kept_count(share, distances.size(0)));
  const auto here = kept.masked_select(kept.ge(first).logical_and(kept.lt(first + audio.size(0))));
  ClipTerms terms = own.of(here - first);
  if (here.size(0) == 0) return terms;
  terms.figures["kept pairs"] = share_of(static_cast<std::size_t>(kept.size(0)), distances.size(0));
  return terms;
}

ClipTerms PairChoice::paired_anew(AlignmentLoss& loss, const torch::Tensor& audio,
                                  const torch::Tensor& image, const ProcessGroup& processes,
                                  double share) const {
  const auto pictures = processes.rows_of_all(image);
  const auto distances = processes.rows_of_all(clip_distances(loss, audio, pictures));
  const auto clips = distances.size(0);
  if (clips == 0) return terms_of(loss, audio, image);
  const auto first = rows_before(processes, audio.size(0));
  std::size_t kept = 0;
  std::size_t anew = 0;
  std::vector<std::int64_t> own_sounds;
  std::vector<std::int64_t> their_pictures;
  const auto matches = timed(StepPart::kTransport,
                             [&] { return cheapest_matches(distances, kept_count(share, clips)); });
  for (const auto& [sound, picture] : matches) {
    ++kept;
    if (sound != picture) ++anew;
    if (sound < first || sound >= first + audio.size(0)) continue;
    own_sounds.push_back(sound - first);
    their_pictures.push_back(picture);
  }
  ClipTerms terms = terms_of(loss, audio.index_select(0, indices(own_sounds, audio)),
                             pictures.index_select(0, indices(their_pictures, pictures)));
  if (own_sounds.empty()) return terms;
  terms.figures["kept pairs"] = share_of(kept, clips);
  terms.figures["new pairs"] = share_of(anew, static_cast<std::int64_t>(kept));
  return terms;
}

}  // namespace dali
