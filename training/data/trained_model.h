// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"

namespace dali {

// A model that a stage trains, and where it came from. Weights are float32, but for as long as a
// stage computes in another precision.
struct TrainedModel {
  CaptioningModel model;
  std::filesystem::path directory;  // empty for a new model
  std::filesystem::path tokenizer;  // a file
};

// A model of these dimensions, its weights drawn by LibTorch's generator. `config_file` is a
// config.json whose decoder.vocabulary is replaced by the tokenizer's. Errors name the file.
TrainedModel new_model(const std::filesystem::path& config_file,
                       const std::filesystem::path& tokenizer);

// Reads a model directory; integers become float32. `change` may add a projector for sound, and a
// prefix or another length of it, which then begin with their initial values; all else has to be in
// the directory. Errors name the file, as open_model_directory's and load_weights' do.
TrainedModel load_trained_model(
    const std::filesystem::path& directory,
    const std::function<void(ModelConfig& config)>& change = [](ModelConfig&) {});

// Writes the whole model as a directory of its own, in the precision that its weights have: float32
// after train().
void write_complete(const std::filesystem::path& out, const TrainedModel& trained);

// Writes the tensors whose names start with one of `prefixes` as an overlay over the directory that
// the model was loaded from.
void write_overlay(const std::filesystem::path& out, const TrainedModel& trained,
                   const std::vector<std::string>& prefixes);

// Where a model directory has what the loss that aligned it has learned.
std::filesystem::path loss_weights_file(const std::filesystem::path& directory);

// Writes what a loss has learned, if it learns anything, to loss_weights_file(out): no caption
// needs it, but it shows what the loss has found important.
void write_loss_weights(const std::filesystem::path& out, const torch::nn::Module& loss);

// Reads it back, in float32, onto `device`. Throws std::runtime_error naming the file.
void read_loss_weights(const std::filesystem::path& file, torch::nn::Module& loss,
                       at::Device device = at::kCPU);

}  // namespace dali
