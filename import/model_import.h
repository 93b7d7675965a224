// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "import/import_plan.h"
#include "import/model_shards.h"
#include "import/tokenizer_source.h"
#include "model/base/conditioning.h"
#include "model/base/model_config.h"
#include "model/base/source_classes.h"

namespace dali {

// What to make a model of. Empty paths are not given.
struct ImportRequest {
  std::filesystem::path llava;      // folder: decoder and projector, maybe the vision tower
  std::filesystem::path vision;     // folder: CLIP
  std::filesystem::path audio;      // file: CAV-MAE, with or without DALI's projection
  std::filesystem::path prefix;     // file: stage 1a's prefix
  std::filesystem::path projector;  // file: stage 2's projector, for sound alone
  // File: sentencepiece's model, or a .json that was made of one. Empty: tokenizer.model of
  // `llava`, or its tokenizer.json.
  std::filesystem::path tokenizer;
  std::filesystem::path classes;  // file: classes.json, what captions of events are of
  std::filesystem::path base;     // model directory: write what is given as an overlay of it
  std::string name;               // of the model; empty: the folder's that is written
  // What sound and picture go through together, and when the prefix follows; nothing: LLaVA's own
  // projector and prefix, or as the base has it.
  std::optional<AudiovisualProjection> audiovisual = std::nullopt;
  std::optional<PrefixUse> prefix_use = std::nullopt;
  at::ScalarType dtype = at::kBFloat16;
  // Of the matrices that can be integers; nothing: of the dtype, as everything else.
  std::optional<WeightFormat> weights = std::nullopt;
  std::int64_t largest_shard_bytes = std::int64_t{4} << 30;
};

// Throws std::invalid_argument naming the options, when what is given makes neither a whole model
// nor an overlay.
void check_request(const ImportRequest& request);

// Published files, opened, checked against their configurations and each other, and mapped to the
// tensors of one model. Nothing is written and no numbers are read before write(), which then has
// one tensor in memory at a time where it writes a whole model, and all of them where it writes an
// overlay, whose parts are small.
class ModelImport {
 public:
  // Throws std::runtime_error or std::invalid_argument in one line naming the file, and what
  // check_request() throws.
  explicit ModelImport(ImportRequest request);

  const ModelConfig& config() const { return config_; }
  const ImportPlan& plan() const { return plan_; }
  std::vector<ModelTensor> tensors() const;  // all of them, as they will be stored
  const std::vector<std::string>& notes() const { return notes_; }  // what was decided on the way

  // Makes the model directory `out`, which appears when it is complete. `after_tensor` is called
  // after each tensor and may throw, which leaves nothing behind.
  // Throws std::runtime_error in one line: also when the disk is full.
  void write(const std::filesystem::path& out, const std::function<void()>& after_tensor) const;

 private:
  void add_sources();
  const PublishedCheckpoint* open(const std::filesystem::path& path);
  void read_language_config();
  void read_vision_config();
  void describe_vision_tower();
  void describe_audio_tower();
  void describe_prefix_and_projectors();
  void read_tokenizer();
  void check_against_model();

  at::Tensor read(const std::string& name, at::ScalarType dtype) const;  // and gives the pages back

  ImportRequest request_;
  ModelConfig config_;
  bool has_tied_head_ = false;
  int vision_feature_layer_ = -2;
  std::optional<VisionTowerConfig> stated_vision_;  // by a configuration
  std::map<std::string, std::string> asked_by_;     // "decoder." -> who states its dimensions
  std::vector<std::unique_ptr<PublishedCheckpoint>> checkpoints_;
  ImportPlan plan_;
  std::optional<TokenizerSource> tokenizer_;  // of a whole model
  std::optional<SourceClasses> classes_;
  std::map<std::string, WeightFormat> integer_formats_;
  std::vector<std::string> notes_;
};

}  // namespace dali
