// SPDX-License-Identifier: LGPL-2.1-or-later
// The half of ModelExport that writes.

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "import/exported_config.h"
#include "import/model_export.h"
#include "import/model_shards.h"
#include "model/base/directory_replacement.h"
#include "model/base/file_replacement.h"
#include "model/base/in_quotes.h"
#include "model/language/tokenizer.h"
#include "model/weights/load_weights.h"
#include "model/weights/torch_writer.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

template <typename Writer>
void write_file(Writer writer, const std::vector<ExportedTensor>& tensors,
                const std::function<at::Tensor(const ExportedTensor&)>& read,
                const std::function<void()>& after_tensor) {
  for (const ExportedTensor& tensor : tensors) {
    writer.write(read(tensor));
    after_tensor();
  }
  writer.commit();
}

std::vector<SafetensorsEntry> entries_of(const ExportedFile& file) {
  std::vector<SafetensorsEntry> entries;
  for (const ExportedTensor& tensor : file.tensors) entries.push_back(tensor.entry);
  return entries;
}

void write_json(const fs::path& path, const json& document) {
  replace_file(path, document.dump(2) + "\n");
}

}  // namespace

void ModelExport::write(const fs::path& out, const std::function<void()>& after_tensor) const {
  DirectoryReplacement directory(out);
  const fs::path& root = directory.temporary_path();
  check_room(root, size_bytes());
  for (const ExportedFile& file : exported_) {
    const fs::path path = root / file.path;
    fs::create_directories(path.parent_path());
    const auto read_one = [&](const ExportedTensor& tensor) {
      return read(tensor, (out / file.path).string());
    };
    if (path.extension() == ".safetensors") {
      write_file(SafetensorsWriter(path, entries_of(file), {{"format", "pt"}}), file.tensors,
                 read_one, after_tensor);
    } else {
      write_file(TorchWriter(path, entries_of(file)), file.tensors, read_one, after_tensor);
    }
  }
  write_indices(root);
  write_words(root);
  directory.commit();
}

at::Tensor ModelExport::read(const ExportedTensor& tensor, const std::string& file) const {
  const SafetensorsEntry& entry = tensor.entry;
  if (tensor.name.empty()) {
    const auto options = at::TensorOptions().dtype(entry.dtype);
    return entry.name.ends_with(".weight") ? at::ones(entry.shape, options)
                                           : at::zeros(entry.shape, options);
  }
  const at::Tensor& stored = files_.tensors.at(tensor.name);
  const at::Tensor part = tensor.parts == 1 ? stored : stored.chunk(tensor.parts, 0)[tensor.part];
  const at::Tensor numbers =
      part.to(part.options().dtype(entry.dtype), /*non_blocking=*/false, /*copy=*/true);
  for (const TensorFile& mapped : files_.files) mapped.release_pages();
  if (!is_finite(numbers)) {
    throw std::runtime_error(
        file + ": " + in_quotes(tensor.name) + " of " + files_.tensor_sources.at(tensor.name) +
        " holds a number that is too large for " + c10::toString(entry.dtype) + ", or none");
  }
  return numbers;
}

// Where a folder has several files of weights: which has which tensor.
void ModelExport::write_indices(const fs::path& directory) const {
  std::map<fs::path, std::vector<const ExportedFile*>> folders;
  for (const ExportedFile& file : exported_) folders[file.path.parent_path()].push_back(&file);
  for (const auto& [folder, files] : folders) {
    if (files.size() == 1 || request_.format == ExportFormat::kAuthors) continue;
    std::size_t bytes = 0;
    json places = json::object();
    for (const ExportedFile* file : files) {
      for (const ExportedTensor& tensor : file->tensors) {
        places[tensor.entry.name] = file->path.filename().string();
        bytes += tensor.entry.size_bytes();
      }
    }
    const std::string ending = files.front()->path.extension().string();
    const std::string name = (ending == ".bin" ? "pytorch_model.bin" : "model.safetensors");
    write_json(directory / folder / (name + ".index.json"),
               {{"metadata", {{"total_size", bytes}}}, {"weight_map", places}});
  }
}

void ModelExport::write_words(const fs::path& directory) const {
  if (request_.format == ExportFormat::kAuthors) return;
  const ModelConfig& config = files_.config;
  copy_tokenizer(files_.tokenizer, directory);
  write_json(directory / "tokenizer_config.json", tokenizer_config_json(config.decoder.max_tokens));
  const Tokenizer tokenizer(files_.tokenizer);
  const ExportedTokens tokens{.words = tokenizer.vocabulary_size(),
                              .bos_id = tokenizer.bos_id(),
                              .eos_id = tokenizer.eos_id(),
                              .unknown_id = tokenizer.unknown_id()};
  if (request_.format == ExportFormat::kLlavaHf) {
    write_json(directory / "config.json", llava_hf_config_json(config, dtype_, tokens));
    write_json(directory / "added_tokens.json", {{"<image>", tokens.words}});
    write_json(directory / "preprocessor_config.json", preprocessor_json(config.vision_tower));
  } else {
    write_json(directory / "config.json", llava_config_json(config, dtype_, tokens));
    write_json(directory / "clip" / "config.json", clip_config_json(config.vision_tower, dtype_));
    write_json(directory / "clip" / "preprocessor_config.json",
               preprocessor_json(config.vision_tower));
  }
}

}  // namespace dali
