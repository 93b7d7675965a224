// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/model_import.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "import/integer_formats.h"
#include "import/published_config.h"
#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "model/weights/source_classes_json.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// All heads of CLIP's and CAV-MAE's published transformers are as wide as this; no file states it.
constexpr int kHeadWidth = 64;

}  // namespace

void check_request(const ImportRequest& request) {
  if (request.base.empty()) {
    if (request.llava.empty() || request.audio.empty()) {
      throw std::invalid_argument(
          "a whole model needs --llava and --audio; --base DIR makes an "
          "overlay of what is given");
    }
  } else if (!request.llava.empty() || !request.tokenizer.empty()) {
    throw std::invalid_argument(
        "--llava and --tokenizer make a whole model and have no place in "
        "an overlay (--base)");
  } else if (request.vision.empty() && request.audio.empty() && request.prefix.empty() &&
             request.projector.empty()) {
    throw std::invalid_argument(
        "an overlay (--base) needs --vision, --audio, --prefix or "
        "--projector");
  }
}

ModelImport::ModelImport(ImportRequest request) : request_(std::move(request)) {
  check_request(request_);
  if (!request_.base.empty()) {
    config_ = open_model_directory(request_.base).config;
  }
  read_language_config();
  read_vision_config();
  add_sources();
  describe_vision_tower();
  describe_audio_tower();
  describe_prefix_and_projectors();
  if (!request_.name.empty()) config_.name = request_.name;
  config_.audiovisual = request_.audiovisual.value_or(config_.audiovisual);
  config_.prefix_use = request_.prefix_use.value_or(config_.prefix_use);
  try {
    validate(config_);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("the files make no model: " + std::string(error.what()));
  }
  read_tokenizer();
  if (!request_.classes.empty()) classes_ = read_source_classes(request_.classes);
  check_against_model();
}

const PublishedCheckpoint* ModelImport::open(const fs::path& path) {
  checkpoints_.push_back(std::make_unique<PublishedCheckpoint>(PublishedCheckpoint::open(path)));
  return checkpoints_.back().get();
}

void ModelImport::read_language_config() {
  if (request_.llava.empty()) return;
  const fs::path path = request_.llava / "config.json";
  const LlavaConfig llava = read_llava_config(read_strict_json(path), path.string());
  config_.decoder = llava.decoder;
  has_tied_head_ = llava.has_tied_head;
  vision_feature_layer_ = llava.vision_feature_layer;
  asked_by_["decoder."] = path.string();
  asked_by_["projector."] = path.string();
  if (request_.vision.empty() && llava.vision_tower) {
    stated_vision_ = llava.vision_tower;
    asked_by_["vision_tower."] = path.string();
  }
}

void ModelImport::read_vision_config() {
  const fs::path folder = request_.vision.empty() ? request_.llava : request_.vision;
  if (folder.empty()) return;
  if (!request_.vision.empty()) {
    const fs::path path = folder / "config.json";
    stated_vision_ = read_clip_config(read_strict_json(path), path.string());
    asked_by_["vision_tower."] = path.string();
  }
  const fs::path pixels_path = folder / "preprocessor_config.json";
  if (stated_vision_ && fs::exists(pixels_path)) {
    read_pixel_statistics(read_strict_json(pixels_path), pixels_path.string(), *stated_vision_);
  }
}

void ModelImport::add_sources() {
  if (!request_.llava.empty()) {
    std::map<std::string, std::string> parts = {{"decoder.", "decoder."},
                                                {"projector.", "projector."}};
    if (request_.vision.empty()) parts["vision_tower."] = "vision_tower.";
    plan_.add({.option = "--llava",
               .checkpoint = open(request_.llava),
               .names = {WeightNames::llava(), WeightNames::clip()},
               .taken_parts = std::move(parts)});
    if (has_tied_head_ && !plan_.contains("decoder.head.weight")) {
      plan_.share("decoder.head.weight", "decoder.token_embedding.weight");
      notes_.push_back("the output layer is the embedding table, which is stored twice");
    }
  }
  if (!request_.vision.empty()) {
    plan_.add({.option = "--vision",
               .checkpoint = open(request_.vision),
               .names = {WeightNames::clip(), WeightNames::llava()},
               .taken_parts = {{"vision_tower.", "vision_tower."}}});
  }
  if (!request_.audio.empty()) {
    const PublishedCheckpoint* audio = open(request_.audio);
    plan_.add({.option = "--audio",
               .checkpoint = audio,
               .names = {WeightNames::cav_mae(audio->names())},
               .taken_parts = {{"audio_tower.", "audio_tower."}}});
    asked_by_["audio_tower."] = request_.audio.string();
  }
  if (!request_.prefix.empty()) {
    plan_.add({.option = "--prefix",
               .checkpoint = open(request_.prefix),
               .names = {WeightNames::llava()},
               .taken_parts = {{"prefix", "prefix"}}});
  }
  if (!request_.projector.empty()) {
    plan_.add({.option = "--projector",
               .checkpoint = open(request_.projector),
               .names = {WeightNames::llava()},
               .taken_parts = {{"projector.", "audio_projector."}}});
  }
}

void ModelImport::describe_vision_tower() {
  if (!plan_.has_part("vision_tower.")) {
    if (!request_.base.empty()) return;
    throw std::runtime_error(request_.llava.string() +
                             ": holds no vision tower; name CLIP's folder with --vision");
  }
  if (!request_.base.empty()) {
    // The base's captioner was trained on a hidden state so far from the last one.
    const VisionTowerConfig& former = config_.vision_tower;
    vision_feature_layer_ = former.feature_layers - former.layers - 1;
  }
  if (stated_vision_) {
    config_.vision_tower = *stated_vision_;
  } else {
    VisionTowerConfig& tower = config_.vision_tower;
    const std::string patches = "vision_tower.patch_embedding.weight";
    tower.width = plan_.size_of(patches, 4, 0);
    tower.patch_size_px = plan_.size_of(patches, 4, 3);
    tower.heads = tower.width / kHeadWidth;
    tower.layers = plan_.count_of("vision_tower.blocks.", ".mlp.expand.weight");
    tower.mlp_width = plan_.size_of("vision_tower.blocks.0.mlp.expand.weight", 2, 0);
    const int tokens = plan_.size_of("vision_tower.position_embedding", 2, 0);
    int side = 1;
    while ((side + 1) * (side + 1) < tokens) ++side;
    tower.image_size_px = side * tower.patch_size_px;
    asked_by_["vision_tower."] = "the shapes of its tensors";
    notes_.push_back("the vision tower's dimensions are those of its tensors, " +
                     std::to_string(kHeadWidth) + " wide heads assumed");
  }
  config_.vision_tower.feature_layers = used_vision_layers(
      vision_feature_layer_, config_.vision_tower.layers, asked_by_.at("vision_tower."));
}

void ModelImport::describe_audio_tower() {
  if (!plan_.has_part("audio_tower.")) return;
  AudioTowerConfig& tower = config_.audio_tower;
  const std::string patches = "audio_tower.patch_embedding.weight";
  tower.width = plan_.size_of(patches, 4, 0);
  tower.patch_size = plan_.size_of(patches, 4, 3);
  tower.heads = tower.width / kHeadWidth;
  tower.layers = plan_.count_of("audio_tower.blocks.", ".mlp.expand.weight");
  tower.mlp_width = plan_.size_of("audio_tower.blocks.0.mlp.expand.weight", 2, 0);

  // Tokens stand for patches of mel bins times patches of frames; the bins are CAV-MAE's always.
  const int frequency_patches = config_.spectrogram.mel_bins / std::max(tower.patch_size, 1);
  const int tokens = plan_.size_of("audio_tower.position_embedding", 3, 1);
  config_.spectrogram.frames = tokens / std::max(frequency_patches, 1) * tower.patch_size;

  tower.output_width = config_.vision_tower.width;
  if (plan_.contains("audio_tower.output_projection.weight")) {
    tower.output_width = plan_.size_of("audio_tower.output_projection.weight", 2, 0);
  } else {
    plan_.add_made("audio_tower.output_projection.weight",
                   random_weight({tower.output_width, tower.width}));
    plan_.add_made("audio_tower.output_projection.bias", constant_weight({tower.output_width}, 0));
    notes_.push_back(request_.audio.string() +
                     " has no projection to the vision tower's width: a random one is made, which "
                     "dali-align has to train");
  }
}

void ModelImport::describe_prefix_and_projectors() {
  if (plan_.has_part("projector.")) {
    config_.projector.input_width = plan_.size_of("projector.expand.weight", 2, 1);
    config_.projector.output_width = config_.decoder.width;
  }
  if (plan_.contains("prefix")) config_.prefix_tokens = plan_.size_of("prefix", 2, 0);
  config_.has_audio_projector = config_.has_audio_projector || plan_.has_part("audio_projector.");
}

void ModelImport::read_tokenizer() {
  if (request_.llava.empty()) return;
  fs::path path = request_.tokenizer;
  if (path.empty()) {
    path = request_.llava / "tokenizer.model";
    const fs::path converted = request_.llava / "tokenizer.json";
    if (!fs::is_regular_file(path) && fs::is_regular_file(converted)) path = converted;
  }
  if (!fs::is_regular_file(path)) {
    throw std::runtime_error(path.string() +
                             ": no such file; name sentencepiece's model with "
                             "--tokenizer");
  }
  tokenizer_.emplace(path);
  if (tokenizer_->is_converted()) {
    notes_.push_back(path.string() + " is stored as the sentencepiece model that it was made of");
  }
  const int words = Tokenizer(tokenizer_->path()).vocabulary_size();
  if (words > config_.decoder.vocabulary) {
    throw std::runtime_error(
        path.string() + ": has " + std::to_string(words) + " tokens, more than vocab_size " +
        std::to_string(config_.decoder.vocabulary) + " of " + asked_by_.at("decoder."));
  }
}

// Built without numbers, the model itself says which tensors it has and of which shapes.
void ModelImport::check_against_model() {
  const UnsetWeights shapes_alone;
  const CaptioningModel model(config_);
  TensorMap wanted;
  for (auto& [name, tensor] : weights_of(*model)) {
    const std::string part = name.substr(0, name.find('.'));
    const bool is_of_base =
        !request_.base.empty() && !plan_.has_part(part == name ? name : part + ".");
    if (!is_of_base) wanted.emplace(name, tensor);
  }
  plan_.check(wanted, asked_by_);
  if (request_.weights) integer_formats_ = integer_formats(model, *request_.weights);
}

at::Tensor ModelImport::read(const std::string& name, at::ScalarType dtype) const {
  at::Tensor tensor = plan_.read(name, dtype);
  for (const auto& checkpoint : checkpoints_) checkpoint->release_pages();
  return tensor;
}

}  // namespace dali
