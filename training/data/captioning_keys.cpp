// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/captioning_keys.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "model/captioner/config_changes.h"
#include "model/weights/model_directory.h"
#include "training/config/threads_key.h"
#include "training/data/clip_seed.h"

namespace dali {
namespace {

[[noreturn]] void refuse(const char* key, const std::string& value, const char* wanted) {
  throw std::invalid_argument(fmt::format("{} '{}' is none of {}", key, value, wanted));
}

}  // namespace

Modality modality_of_key(const std::string& key, const std::string& value) {
  const auto modality = parse_modality(value);
  if (!modality) refuse(key.c_str(), value, "auto, audio, image, audiovisual");
  return *modality;
}

void CaptioningKeys::declare(ConfigFields& fields) {
  fields.add(
      "audiovisual", &audiovisual,
      "which projector sound and picture go through together after stage 2: original, "
      "tuned-audio (the sound through the tuned one) or tuned-both (as the paper's authors); "
      "empty: as the model's folder says");
  fields.add(
      "prefix", &prefix,
      "when the prefix follows them: auto (where the sound goes through no tuned projector), "
      "always or never; empty: as the model's folder says");
  fields.add("temperature", &temperature,
             "of sampling, at least 0; 0: the likeliest word each time; -1: as the model's folder "
             "says, which is 0 unless somebody changed it (the paper's authors: 0.2)");
  fields.add("top_k", &top_k,
             "draw from so many likeliest words; 0: from all; -1: as the model's folder says (50)");
  fields.add("top_p", &top_p,
             "draw from the likeliest words that have this share of the probability, above 0, at "
             "most 1; 0: as the model's folder says (1)");
  fields.add("max_new_tokens", &max_new_tokens,
             "most tokens of a caption; 0: as the model's folder says (64)");
  fields.add("sampling_seed", &sampling_seed, "of sampling, with the clip's id");
  fields.add("threads", &threads, kThreadsHelp);
}

void CaptioningKeys::check(const std::vector<std::string>& models) const {
  if (!audiovisual.empty() && !parse_audiovisual_projection(audiovisual)) {
    refuse("audiovisual", audiovisual, kAudiovisualProjections);
  }
  if (!prefix.empty() && !parse_prefix_use(prefix)) refuse("prefix", prefix, kPrefixUses);
  if (temperature != -1.0 && !(temperature >= 0.0 && std::isfinite(temperature))) {
    throw std::invalid_argument("temperature must be 0 or more, or -1");
  }
  if (top_k < -1) throw std::invalid_argument("top_k must be 0 or more, or -1");
  if (!(top_p >= 0.0 && top_p <= 1.0)) throw std::invalid_argument("top_p must be from 0 to 1");
  if (max_new_tokens < 0) throw std::invalid_argument("max_new_tokens must be 0 or more");
  for (const std::string& model : models) {
    ModelConfig config = open_model_directory(model).config;
    apply_changes(load_options().changes, model, config);
  }
}

LoadOptions CaptioningKeys::load_options() const {
  LoadOptions options;
  options.changes.audiovisual = parse_audiovisual_projection(audiovisual);
  options.changes.prefix_use = parse_prefix_use(prefix);
  if (top_k >= 0) options.changes.top_k = top_k;
  if (top_p > 0.0) options.changes.top_p = top_p;
  return options;
}

CaptionRequest CaptioningKeys::request_for(const Clip& clip, Modality modality) const {
  CaptionRequest request = {
      .modality = modality, .seed = seed_of_clip(sampling_seed, clip.id), .threads = threads};
  if (temperature >= 0.0) request.temperature = temperature;
  if (max_new_tokens > 0) request.max_new_tokens = max_new_tokens;
  return request;
}

}  // namespace dali
