// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/clips/clip_list.h"
#include "model/base/modality.h"
#include "model/captioner/captioner.h"
#include "training/data/captioning_keys.h"
#include "training/data/clip_windows.h"
#include "training/evaluate/above_floor.h"
#include "training/evaluate/reference_protocols.h"

namespace dali {

// Which tokens of a clip's picture the decoder is shown.
enum class ShownTokens { kAll, kAboveFloor };

// "all" or "above-floor"; throws std::invalid_argument naming the key for anything else.
ShownTokens parse_shown_tokens(const std::string& name);

// Throws std::invalid_argument when tokens shall be chosen and none of the modalities has any, and
// std::runtime_error naming the file that one of the models lacks to choose them by.
void check_shown_tokens(ShownTokens shown, std::span<const Modality> modalities,
                        const std::vector<std::string>& models);

// What a caption of `modality` needs of a clip. To choose tokens of a picture takes its sound, too.
Modality needed_of_clip(Modality modality, ShownTokens shown);

// What was made of a list's clips, and what was not.
struct CaptioningOutcome {
  CaptionedClips captioned;
  std::vector<LeftOutClip> left_out;
  std::size_t listed = 0;
  bool has_tried = false;                 // whether any has, by its list, what is looked at
  std::vector<double> shown_shares = {};  // of each picture's tokens, where not all are shown

  // Their mean; nothing where there are none.
  std::optional<double> mean_shown_share() const;
};

// Which clips were captioned, and which were not and why.
nlohmann::json to_json(const CaptioningOutcome& outcome);

// A model as dali-evaluate asks it about clips. One thread at a time.
class ClipCaptioner {
 public:
  // `model`: its folder. Borrows `captioning`. Throws as Captioner::load() and AboveFloorCaptioner.
  ClipCaptioner(const std::string& model, const CaptioningKeys& captioning, ShownTokens shown);

  std::string description() const { return captioner_->description(); }

  // Captions every clip that has what the modality needs; a line a clip, of JSON, goes to `log`.
  CaptioningOutcome caption(const ClipList& list, Modality modality, std::ostream& log);

 private:
  std::string model_;
  const CaptioningKeys& captioning_;
  ShownTokens shown_;
  std::shared_ptr<Captioner> captioner_;
  std::unique_ptr<AboveFloorCaptioner> above_floor_;  // null: all tokens are shown
};

}  // namespace dali
