// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/trained_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "command/narration.h"
#include "model/language/tokenizer.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_config_json.h"
#include "model/weights/model_directory.h"
#include "model/weights/safetensors.h"

namespace dali {
namespace {

ModelConfig read_config_file(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  try {
    return model_config_from_json(nlohmann::json::parse(stream), file.string());
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

bool starts_with_any(const std::string& name, const std::vector<std::string>& prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](const std::string& prefix) { return name.starts_with(prefix); });
}

// "52 tensors of 2134016 weights"
std::string size_of(const TensorMap& tensors) {
  std::int64_t weights = 0;
  for (const auto& [name, tensor] : tensors) weights += tensor.numel();
  return fmt::format("{} tensors of {} weights", tensors.size(), weights);
}

}  // namespace

TrainedModel new_model(const std::filesystem::path& config_file,
                       const std::filesystem::path& tokenizer) {
  ModelConfig config = read_config_file(config_file);
  config.decoder.vocabulary = Tokenizer(tokenizer).vocabulary_size();
  validate(config);
  return {.model = CaptioningModel(config), .directory = {}, .tokenizer = tokenizer};
}

TrainedModel load_trained_model(const std::filesystem::path& directory,
                                const std::function<void(ModelConfig& config)>& change) {
  ModelFiles files = open_model_directory(directory);
  const ModelConfig stored = files.config;
  change(files.config);
  CaptioningModel model(files.config);
  const TensorMap initial = weights_of(*model);
  if (files.config.prefix_tokens != stored.prefix_tokens) {
    files.tensors.insert_or_assign("prefix", initial.at("prefix"));
  }
  if (files.config.has_audio_projector && !stored.has_audio_projector) {
    for (const auto& [name, tensor] : initial) {
      if (name.starts_with("audio_projector.")) files.tensors.insert_or_assign(name, tensor);
    }
  }
  load_weights(
      *model, "", files.tensors,
      {.dtype = at::kFloat, .source = directory.string(), .tensor_sources = files.tensor_sources});
  narrate("model {}: {}", directory.string(), size_of(files.tensors));
  return {.model = model, .directory = directory, .tokenizer = files.tokenizer};
}

void write_complete(const std::filesystem::path& out, const TrainedModel& trained) {
  const TensorMap weights = weights_of(*trained.model);
  narrate("writes {} to {}", size_of(weights), out.string());
  write_model_directory(out, trained.model->config, weights, trained.tokenizer);
}

void write_overlay(const std::filesystem::path& out, const TrainedModel& trained,
                   const std::vector<std::string>& prefixes) {
  TensorMap trained_tensors = weights_of(*trained.model);
  std::erase_if(trained_tensors,
                [&](const auto& entry) { return !starts_with_any(entry.first, prefixes); });
  narrate("writes {} to {}, over {}", size_of(trained_tensors), out.string(),
          trained.directory.string());
  write_model_overlay(out, trained.model->config, trained_tensors, trained.directory);
}

std::filesystem::path loss_weights_file(const std::filesystem::path& directory) {
  return directory / "scorers" / "weights.safetensors";
}

void write_loss_weights(const std::filesystem::path& out, const torch::nn::Module& loss) {
  const TensorMap weights = weights_of(loss);
  if (weights.empty()) return;
  const std::filesystem::path file = loss_weights_file(out);
  std::filesystem::create_directories(file.parent_path());
  save_safetensors(file, weights);
}

void read_loss_weights(const std::filesystem::path& file, torch::nn::Module& loss,
                       at::Device device) {
  load_weights(loss, "", open_safetensors(file).tensors(),
               {.dtype = at::kFloat, .device = device, .source = file.string()});
}

}  // namespace dali
