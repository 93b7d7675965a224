// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/clip_captioner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace dali {

using nlohmann::json;

ShownTokens parse_shown_tokens(const std::string& name) {
  if (name == "all") return ShownTokens::kAll;
  if (name == "above-floor") return ShownTokens::kAboveFloor;
  throw std::invalid_argument(fmt::format("image_tokens '{}' is none of all, above-floor", name));
}

void check_shown_tokens(ShownTokens shown, std::span<const Modality> modalities,
                        const std::vector<std::string>& models) {
  if (shown == ShownTokens::kAll) return;
  const auto has_no_picture = [](Modality modality) { return modality == Modality::kAudio; };
  if (std::ranges::all_of(modalities, has_no_picture)) {
    throw std::invalid_argument(
        "image_tokens=above-floor wants a picture, and modalities has audio alone");
  }
  for (const std::string& model : models) AboveFloorCaptioner::check(model);
}

Modality needed_of_clip(Modality modality, ShownTokens shown) {
  const bool weighs_tokens = shown == ShownTokens::kAboveFloor && modality != Modality::kAudio;
  return weighs_tokens ? Modality::kAudiovisual : modality;
}

std::optional<double> CaptioningOutcome::mean_shown_share() const {
  if (shown_shares.empty()) return std::nullopt;
  return std::reduce(shown_shares.begin(), shown_shares.end()) /
         static_cast<double>(shown_shares.size());
}

json to_json(const CaptioningOutcome& outcome) {
  json ids = json::array();
  for (const Clip& clip : outcome.captioned.clips) ids.push_back(clip.id);
  json left_out = json::array();
  for (const auto& [id, reason] : outcome.left_out)
    left_out.push_back({{"id", id}, {"reason", reason}});
  return {{"listed", outcome.listed}, {"ids", ids}, {"left_out", left_out}};
}

ClipCaptioner::ClipCaptioner(const std::string& model, const CaptioningKeys& captioning,
                             ShownTokens shown)
    : model_(model),
      captioning_(captioning),
      shown_(shown),
      captioner_(Captioner::load(model, captioning.load_options())) {
  if (shown == ShownTokens::kAboveFloor) {
    above_floor_ = std::make_unique<AboveFloorCaptioner>(captioner_, model);
  }
}

CaptioningOutcome ClipCaptioner::caption(const ClipList& list, Modality modality,
                                         std::ostream& log) {
  const std::string name(to_string(modality));
  const Modality needed = needed_of_clip(modality, shown_);
  CaptioningOutcome outcome{.captioned = {}, .left_out = {}, .listed = list.clips.size()};
  std::vector<Clip> usable;
  for (const Clip& clip : list.clips) {
    if (has_window(clip, needed)) {
      usable.push_back(clip);
    } else {
      outcome.left_out.push_back({.id = clip.id, .reason = "has no sound or no frames"});
    }
  }
  if (!outcome.left_out.empty()) {
    fmt::print(stderr,
               "{} of {} clips are left out of modality {}: they have no sound or no frames\n",
               outcome.left_out.size(), list.clips.size(), name);
  }
  // The list's remarks count these.
  for (const std::string& id : list.missing) {
    outcome.left_out.push_back({.id = id, .reason = "has neither sound nor frames"});
  }
  outcome.listed += list.missing.size();
  if (usable.empty()) return outcome;
  outcome.has_tried = true;
  // What is heard and not seen is known of no other clips, and told of no other captions.
  const bool weighs_words =
      modality == Modality::kAudiovisual &&
      std::ranges::any_of(usable, [](const Clip& clip) { return !clip.unseen.empty(); });
  const auto visit = [&](const Clip& clip, const Window& window) {
    CaptionRequest request = captioning_.request_for(clip, modality);
    request.weighs_words = weighs_words;
    json line = {{"id", clip.id}, {"model", model_}, {"modality", name}, {"sounds", clip.sounds}};
    Caption caption;
    if (above_floor_ && modality != Modality::kAudio) {
      AboveFloorCaption described = above_floor_->describe(window, request);
      caption = std::move(described.caption);
      outcome.shown_shares.push_back(static_cast<double>(described.shown_tokens) /
                                     static_cast<double>(described.tokens));
      line["image_tokens"] = described.shown_tokens;
    } else {
      caption = captioner_->describe(window, request, {});
    }
    outcome.captioned.clips.push_back(clip);
    outcome.captioned.captions.push_back(caption.text);
    if (weighs_words) outcome.captioned.weighed_words.push_back(caption.weighed_words);
    line["caption"] = caption.text;
    line["mean_log_probability"] = caption.mean_log_probability;
    log << line.dump() << '\n';
  };
  auto skipped = for_each_window(usable, needed, "clips captioned from " + name, visit);
  std::ranges::move(skipped, std::back_inserter(outcome.left_out));
  return outcome;
}

}  // namespace dali
