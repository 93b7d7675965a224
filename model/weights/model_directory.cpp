// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/model_directory.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/base/file_replacement.h"
#include "model/base/in_quotes.h"
#include "model/base/model_folders.h"
#include "model/weights/model_config_json.h"
#include "model/weights/quantised_tensors.h"
#include "model/weights/source_classes_json.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kConfigName = "config.json";
constexpr const char* kTokenizerName = "tokenizer.model";
constexpr const char* kClassesName = "classes.json";
constexpr const char* kTensorsName = "model.safetensors";
constexpr const char* kIndexName = "model.safetensors.index.json";
constexpr std::size_t kDeepestOverlay = 16;
constexpr std::size_t kLargestTokenizerBytes = std::size_t{64} << 20;

// One directory of a chain from an overlay down to its lowest base.
struct Layer {
  fs::path directory;
  json config;  // without "base"
};

// Uppermost first.
std::vector<Layer> open_layers(const fs::path& top) {
  std::vector<Layer> layers;
  std::vector<fs::path> visited;
  std::optional<fs::path> next = model_directory_named(top);
  while (next) {
    const fs::path directory = *next;
    next.reset();
    std::error_code status_error;
    if (!fs::is_directory(directory, status_error)) {
      std::string named_by;
      if (!layers.empty()) {
        named_by = " (the base of " + layers.back().directory.string() + ")";
      } else if (is_model_socket(directory)) {
        named_by =
            ", but a socket that a model is served at; dali-caption and the elements use such";
      } else if (!top.has_parent_path()) {
        named_by = ", nor a fetched model of that name (see dali-model)";
      }
      throw std::runtime_error(directory.string() + ": no such model directory" + named_by);
    }
    const fs::path identity = fs::canonical(directory);
    if (std::find(visited.begin(), visited.end(), identity) != visited.end()) {
      throw std::runtime_error((layers.back().directory / kConfigName).string() +
                               ": \"base\" leads back to " + directory.string());
    }
    if (visited.size() >= kDeepestOverlay) {
      throw std::runtime_error(top.string() + ": more than " + std::to_string(kDeepestOverlay) +
                               " model directories lie over each other");
    }
    visited.push_back(identity);

    const fs::path config_path = directory / kConfigName;
    json config = read_strict_json(config_path);
    if (!config.is_object()) throw std::runtime_error(config_path.string() + ": not a JSON object");
    if (const auto base = config.find("base"); base != config.end()) {
      if (!base->is_string() || base->get_ref<const std::string&>().empty()) {
        throw std::runtime_error(config_path.string() + ": base must be a directory's name");
      }
      next = directory / base->get<std::string>();
      config.erase(base);
    }
    layers.push_back({directory, std::move(config)});
  }
  return layers;
}

json merged_config(const std::vector<Layer>& layers) {
  json merged = json::object();
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    merged.merge_patch(layer->config);
    // Read after each step, so that an error names the file that is to blame.
    model_config_from_json(merged, (layer->directory / kConfigName).string());
  }
  return merged;
}

ModelConfig config_of(const std::vector<Layer>& layers) {
  const std::string source = (layers.front().directory / kConfigName).string();
  ModelConfig config = model_config_from_json(merged_config(layers), source);
  try {
    validate(config);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(source + ": " + error.what());
  }
  return config;
}

struct LocatedTensor {
  at::Tensor tensor;
  std::string file;
};
using LocatedTensors = std::map<std::string, LocatedTensor>;

TensorFile open_weights(const fs::path& path) {
  TensorFile file = open_safetensors(path);
  check_quantisation(file);
  return file;
}

LocatedTensors indexed_tensors(const fs::path& directory, const fs::path& index_path,
                               std::vector<TensorFile>& opened) {
  const json index = read_strict_json(index_path);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    throw std::runtime_error(index_path.string() + ": has no object \"weight_map\"");
  }
  std::map<std::string, TensorFile> files;
  LocatedTensors tensors;
  for (const auto& [name, file_name] : index["weight_map"].items()) {
    // A plain name: an index must not reach into other directories.
    const std::string file_key = file_name.is_string() ? file_name.get<std::string>() : "";
    if (!file_key.ends_with(".safetensors") || file_key.find('/') != std::string::npos) {
      throw std::runtime_error(index_path.string() + ": tensor " + in_quotes(name) +
                               " is not in a *.safetensors file beside the index");
    }
    auto file = files.find(file_key);
    if (file == files.end()) {
      file = files.emplace(file_key, open_weights(directory / file_key)).first;
      opened.push_back(file->second);
    }
    tensors[name] = {file->second.tensor(name), (directory / file_key).string()};
  }
  return tensors;
}

std::vector<fs::path> tensor_files(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".safetensors") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Also adds the files that they lie in to `opened`.
LocatedTensors tensors_in(const fs::path& directory, std::vector<TensorFile>& opened) {
  if (fs::exists(directory / kIndexName)) {
    return indexed_tensors(directory, directory / kIndexName, opened);
  }
  LocatedTensors tensors;
  for (const fs::path& path : tensor_files(directory)) {
    opened.push_back(open_weights(path));
    for (const auto& [name, tensor] : opened.back().tensors()) {
      if (!tensors.emplace(name, LocatedTensor{tensor, path.string()}).second) {
        throw std::runtime_error(path.string() + ": tensor " + in_quotes(name) +
                                 " stands in another file of the directory, too");
      }
    }
  }
  return tensors;
}

std::shared_ptr<const SourceClasses> classes_of(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers) {
    const fs::path file = layer.directory / kClassesName;
    if (fs::exists(file)) return std::make_shared<const SourceClasses>(read_source_classes(file));
  }
  return nullptr;
}

fs::path tokenizer_of(const std::vector<Layer>& layers) {
  for (const Layer& layer : layers) {
    if (fs::is_regular_file(layer.directory / kTokenizerName)) {
      return layer.directory / kTokenizerName;
    }
  }
  throw std::runtime_error((layers.front().directory / kTokenizerName).string() +
                           ": no such file, nor in a base directory");
}

// What must be merged into `base` to make `wanted`, both objects with the same keys.
json difference(const json& base, const json& wanted) {
  json changes = json::object();
  for (const auto& [key, value] : wanted.items()) {
    const json& base_value = base.at(key);
    if (value == base_value) continue;
    changes[key] = value.is_object() ? difference(base_value, value) : value;
  }
  return changes;
}

void write_files(const fs::path& directory, const json& config, const TensorMap& tensors,
                 const std::optional<fs::path>& tokenizer) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw std::runtime_error(directory.string() + ": cannot be created: " + error.message());
  }
  if (tokenizer) {
    replace_file(directory / kTokenizerName, read_text_file(*tokenizer, kLargestTokenizerBytes));
  }
  SafetensorsMetadata metadata = quantisation_metadata(formats_in(tensors));
  metadata["format"] = "pt";
  save_safetensors(directory / kTensorsName, tensors, metadata);
  for (const fs::path& path : tensor_files(directory)) {
    if (path.filename() != kTensorsName) fs::remove(path);
  }
  fs::remove(directory / kIndexName);

  replace_file(directory / kConfigName, config.dump(2) + "\n");
}

// Whether an overlay has no use for its base's tensor.
bool is_left_out(const std::string& name, const ModelConfig& config) {
  return (config.prefix_tokens == 0 && name == "prefix") ||
         (!config.has_audio_projector && name.starts_with("audio_projector."));
}

}  // namespace

ModelFiles open_model_directory(const fs::path& directory) {
  const std::vector<Layer> layers = open_layers(directory);
  ModelFiles files;
  files.config = config_of(layers);
  files.tokenizer = tokenizer_of(layers);
  files.source_classes = classes_of(layers);
  std::set<std::string> matrices_above;  // of upper layers, whatever form they are stored in
  for (const Layer& layer : layers) {
    const bool is_base = &layer != &layers.front();
    std::set<std::string> matrices = matrices_above;
    for (const auto& [name, located] : tensors_in(layer.directory, files.files)) {
      const std::string matrix(matrix_name(name));
      if ((is_base && is_left_out(name, files.config)) || matrices_above.contains(matrix)) continue;
      files.tensors.emplace(name, located.tensor);
      files.tensor_sources.emplace(name, located.file);
      matrices.insert(matrix);
    }
    matrices_above = std::move(matrices);
  }
  return files;
}

void write_model_directory(const fs::path& directory, const ModelConfig& config,
                           const TensorMap& tensors, const fs::path& tokenizer) {
  validate(config);
  write_files(directory, model_config_to_json(config), tensors, tokenizer);
}

void write_model_overlay(const fs::path& directory, const ModelConfig& config,
                         const TensorMap& tensors, const fs::path& base) {
  validate(config);
  const json base_config = model_config_to_json(config_of(open_layers(base)));
  json overlay_config = difference(base_config, model_config_to_json(config));
  overlay_config["base"] =
      fs::proximate(fs::absolute(model_directory_named(base)), fs::absolute(directory)).string();
  write_files(directory, overlay_config, tensors, std::nullopt);
}

}  // namespace dali
