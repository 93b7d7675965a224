// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/base/model_config.h"
#include "model/base/source_classes.h"
#include "model/weights/safetensors.h"

namespace dali {

// A model as it lies on disk: a directory with
//   config.json      every dimension, the prompt, the sampling defaults; perhaps "base"
//   *.safetensors    the tensors; model.safetensors.index.json, where there is one, says which file
//                    holds which
//   tokenizer.model  sentencepiece's
//   classes.json     where there is one, the sources that its captions name: an object of arrays of
//                    words, as dali-toyworld writes it
// "base" names another model directory, relative to this one. Then this one is an overlay: its
// config is merged into the base's (RFC 7396), its tensors stand in place of the base's of the same
// name, its tokenizer and its classes, if it has any, in place of the base's. So a training stage
// stores what it trained and nothing else. A matrix may be stored as integers
// (quantised_tensors.h): whichever form the uppermost directory has it in counts. An overlay whose
// configuration has no prefix, or no projector for sound alone, leaves out its base's: a model can
// be tried with and without.
struct ModelFiles {
  ModelConfig config;                                   // validated
  TensorMap tensors;                                    // views of mapped files
  std::vector<TensorFile> files;                        // which are these
  std::map<std::string, std::string> tensor_sources;    // the file of each, for error messages
  std::filesystem::path tokenizer;                      // of the uppermost directory that has one
  std::shared_ptr<const SourceClasses> source_classes;  // of the same; null: none has any
};

// `directory`: a folder, or the name of a fetched model (model_directory_named()).
// Throws std::runtime_error or std::invalid_argument in one line naming the file: what is missing,
// malformed, or a base that leads back to itself.
ModelFiles open_model_directory(const std::filesystem::path& directory);

// Writes a complete model. `tokenizer` is copied in. The directory may exist; what else lies in it
// stays, weights of a former model apart. Integers stay integers. Each file appears in one step and
// config.json comes last, so a directory that is written for the first time is not a model before
// it is complete. Throws std::runtime_error naming the file, std::invalid_argument for a
// configuration that is not valid.
void write_model_directory(const std::filesystem::path& directory, const ModelConfig& config,
                           const TensorMap& tensors, const std::filesystem::path& tokenizer);

// The same for an overlay: `tensors` are those that differ from the base's, and of `config` only
// what differs is stored.
void write_model_overlay(const std::filesystem::path& directory, const ModelConfig& config,
                         const TensorMap& tensors, const std::filesystem::path& base);

}  // namespace dali
