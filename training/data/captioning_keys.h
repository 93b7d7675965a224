// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "model/base/modality.h"
#include "model/captioner/captioner.h"
#include "training/config/config_fields.h"

namespace dali {

// What the value of a key names; throws std::invalid_argument naming the key where it names
// nothing.
Modality modality_of_key(const std::string& key, const std::string& value);

// The keys of how models caption clips, where that shall not be as the models' folders say.
struct CaptioningKeys {
  std::string audiovisual = "";  // "": as the model says
  std::string prefix = "";       // "": as the model says
  double temperature = -1.0;     // -1: as the model says
  int top_k = -1;                // -1: as the model says
  double top_p = 0.0;            // 0: as the model says
  int max_new_tokens = 0;        // 0: as the model says
  std::uint64_t sampling_seed = 1;
  int threads = 0;

  void declare(ConfigFields& fields);

  // Throws std::invalid_argument naming the key that is out of its range, CaptionError naming the
  // model that it does not fit, before hours have gone by with the others.
  void check(const std::vector<std::string>& models) const;

  // Both once they have been checked. Two requests for a clip are the same wherever it stands.
  LoadOptions load_options() const;
  CaptionRequest request_for(const Clip& clip, Modality modality) const;
};

}  // namespace dali
