// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/model_export.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "import/model_shards.h"
#include "model/base/in_quotes.h"
#include "model/captioner/captioning_model.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "model/weights/quantised_tensors.h"

namespace dali {

namespace fs = std::filesystem;

ExportFormat export_format_named(std::string_view name) {
  const std::map<std::string_view, ExportFormat> formats = {{"llava-hf", ExportFormat::kLlavaHf},
                                                            {"llava", ExportFormat::kLlava},
                                                            {"authors", ExportFormat::kAuthors}};
  const auto found = formats.find(name);
  if (found == formats.end()) {
    throw std::invalid_argument("there is no format " + in_quotes(name));
  }
  return found->second;
}

ModelExport::ModelExport(const ExportRequest& request)
    : request_(request), files_(open_model_directory(request.model)) {
  refuse_integers();
  {
    const UnsetWeights shapes_alone;
    const CaptioningModel model(files_.config);
    check_weights(*model, "", files_.tensors,
                  {.source = request_.model.string(), .tensor_sources = files_.tensor_sources});
  }
  dtype_ = request_.dtype.value_or(
      files_.tensors.at("decoder.layers.0.attention.query.weight").scalar_type());
  switch (request_.format) {
    case ExportFormat::kLlavaHf:
      plan_llava_hf();
      break;
    case ExportFormat::kLlava:
      plan_llava();
      break;
    case ExportFormat::kAuthors:
      plan_authors();
      break;
  }
  note_what_is_left();
}

void ModelExport::refuse_integers() const {
  for (const auto& [name, tensor] : files_.tensors) {
    if (!is_part_of_integers(name)) continue;
    throw std::runtime_error(files_.tensor_sources.at(name) + ": " + in_quotes(matrix_name(name)) +
                             " is stored as integers, which other programs cannot read: export the "
                             "model that it was made of");
  }
}

// All tensors of the model whose names start with `part`.
std::vector<ExportedTensor> ModelExport::exported(PublishedLayout layout,
                                                  std::string_view part) const {
  const int specific_blocks = files_.config.audio_tower.layers - request_.shared_blocks;
  // The projector for sound alone is written as a projector.
  const bool is_for_sound = part == "audio_projector.";
  std::vector<ExportedTensor> tensors;
  for (const auto& [name, tensor] : files_.tensors) {
    if (!name.starts_with(part)) continue;
    const auto theirs = published_names(
        layout, is_for_sound ? "projector." + name.substr(part.size()) : name, specific_blocks);
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      std::vector<std::int64_t> shape = tensor.sizes().vec();
      if (theirs.size() > 1) shape[0] /= static_cast<std::int64_t>(theirs.size());
      tensors.push_back({.entry = {.name = theirs[i],
                                   .dtype = request_.dtype.value_or(tensor.scalar_type()),
                                   .shape = std::move(shape)},
                         .name = name,
                         .part = static_cast<int>(i),
                         .parts = static_cast<int>(theirs.size())});
    }
  }
  return tensors;
}

// The vision tower's last norm as training begins with it: `weight` of ones, `bias` of zeros.
void ModelExport::add_unused_norm(std::vector<ExportedTensor>& tensors, const std::string& norm,
                                  at::ScalarType dtype) const {
  for (const char* name : {".weight", ".bias"}) {
    tensors.push_back({.entry = {.name = norm + name,
                                 .dtype = dtype,
                                 .shape = {files_.config.vision_tower.width}},
                       .name = {}});
  }
}

void ModelExport::add_sharded(const fs::path& folder, const std::string& stem,
                              const std::string& ending, std::vector<ExportedTensor> tensors) {
  auto shards =
      in_shards(std::move(tensors), request_.largest_shard_bytes, [](const ExportedTensor& tensor) {
        return static_cast<std::int64_t>(tensor.entry.size_bytes());
      });
  for (std::size_t i = 0; i < shards.size(); ++i) {
    // So that each is aligned to its element's size.
    std::ranges::stable_sort(shards[i], std::greater(), [](const ExportedTensor& tensor) {
      return c10::elementSize(tensor.entry.dtype);
    });
    exported_.push_back(
        {folder / shard_name(stem, ending, i, shards.size()), std::move(shards[i])});
  }
}

void ModelExport::plan_llava_hf() {
  std::vector<ExportedTensor> tensors;
  for (const char* part : {"decoder.", "projector.", "vision_tower."}) {
    for (ExportedTensor& tensor : exported(PublishedLayout::kLlavaHf, part)) {
      tensors.push_back(std::move(tensor));
    }
  }
  // transformers has this norm in its module, though nothing that LLaVA uses passes through it.
  add_unused_norm(tensors, "vision_tower.vision_model.post_layernorm", dtype_);
  notes_.push_back(
      "the vision tower's last norm, which LLaVA does not use, was not imported: it is written as "
      "ones and zeros");
  add_sharded("", "model", ".safetensors", std::move(tensors));
}

void ModelExport::plan_llava() {
  std::vector<ExportedTensor> tensors;
  for (const char* part : {"decoder.", "projector."}) {
    for (ExportedTensor& tensor : exported(PublishedLayout::kLlava, part)) {
      tensors.push_back(std::move(tensor));
    }
  }
  add_sharded("", "pytorch_model", ".bin", std::move(tensors));
  std::vector<ExportedTensor> clip = exported(PublishedLayout::kClip, "vision_tower.");
  add_unused_norm(clip, "vision_model.post_layernorm", clip.front().entry.dtype);
  notes_.push_back(
      "CLIP's last norm, which LLaVA does not use, was not imported: it is written as ones and "
      "zeros");
  add_sharded("clip", "pytorch_model", ".bin", std::move(clip));
}

void ModelExport::plan_authors() {
  if (request_.shared_blocks >= files_.config.audio_tower.layers) {
    throw std::invalid_argument("an audio tower of " +
                                std::to_string(files_.config.audio_tower.layers) +
                                " blocks cannot share " + std::to_string(request_.shared_blocks) +
                                " with pictures: one at least is sound's own");
  }
  exported_.push_back({"audio_backbone.pth", exported(PublishedLayout::kCavMae, "audio_tower.")});
  if (files_.tensors.contains("prefix")) {
    exported_.push_back({"prefix.bin", exported(PublishedLayout::kLlava, "prefix")});
  }
  if (files_.config.has_audio_projector) {
    exported_.push_back({"prefixMLP.bin", exported(PublishedLayout::kLlava, "audio_projector.")});
  }
  notes_.push_back("audio_backbone.pth has CAV-MAE's audio branch alone, of which the last " +
                   std::to_string(request_.shared_blocks) + " of " +
                   std::to_string(files_.config.audio_tower.layers) +
                   " blocks (--shared-blocks) is what sound and pictures share");
}

// Every tensor of the model is written or named.
void ModelExport::note_what_is_left() {
  std::set<std::string> written;
  for (const ExportedFile& file : exported_) {
    for (const ExportedTensor& tensor : file.tensors) written.insert(tensor.name);
  }
  std::map<std::string, int> left;  // by part
  for (const auto& [name, tensor] : files_.tensors) {
    if (!written.contains(name)) ++left[name.substr(0, name.find('.'))];
  }
  for (const auto& [part, count] : left) {
    const bool is_of_authors =
        part == "audio_tower" || part == "prefix" || part == "audio_projector";
    notes_.push_back(
        in_quotes(part) + " (" + std::to_string(count) + (count == 1 ? " tensor" : " tensors") +
        ") has no place in this format; " +
        (is_of_authors ? "--format authors writes it" : "--format llava-hf and llava write it"));
  }
}

std::size_t ModelExport::tensor_count() const {
  std::size_t count = 0;
  for (const ExportedFile& file : exported_) count += file.tensors.size();
  return count;
}

std::int64_t ModelExport::size_bytes() const {
  std::size_t bytes = 0;
  for (const ExportedFile& file : exported_) {
    for (const ExportedTensor& tensor : file.tensors) bytes += tensor.entry.size_bytes();
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace dali
