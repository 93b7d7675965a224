// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/published_config.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

using nlohmann::json;

// Reads the keys of one JSON object. A key that is missing, or null, has its default.
class Section {
 public:
  // Borrows both; `path` is "" or "section.".
  Section(const json& object, const std::string& source, std::string path = "")
      : object_(object), source_(source), path_(std::move(path)) {
    if (!object.is_object()) {
      throw std::runtime_error(source + ": " + (path_.empty() ? "the file" : path_) +
                               " is not a JSON object");
    }
  }

  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  int integer(const char* key, int otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    const bool is_small = value->is_number_integer() &&
                          value->get<double>() >= std::numeric_limits<int>::min() &&
                          value->get<double>() <= std::numeric_limits<int>::max();
    if (!is_small) refuse(key, "must be an integer of 32 bits");
    return value->get<int>();
  }

  double number(const char* key, double otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) refuse(key, "must be a number");
    return value->get<double>();
  }

  bool is_true(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) refuse(key, "must be true or false");
    return value->get<bool>();
  }

  void numbers(const char* key, std::array<double, 3>& field) const {
    const json* value = find(key);
    if (value == nullptr) return;
    bool fits = value->is_array() && value->size() == field.size();
    for (std::size_t i = 0; fits && i < field.size(); ++i) {
      fits = (*value)[i].is_number();
      if (fits) field[i] = (*value)[i].get<double>();
    }
    if (!fits) refuse(key, "must be a list of 3 numbers");
  }

  // One of `known`, the first when the key is missing.
  void expect_one_of(const char* key, std::initializer_list<const char*> known) const {
    const json* value = find(key);
    if (value == nullptr) return;
    for (const char* text : known) {
      if (value->is_string() && value->get_ref<const std::string&>() == text) return;
    }
    refuse(key, "is " + in_quotes(value->dump()) + "; only " + in_quotes(*known.begin()) +
                    " can be computed");
  }

  void expect_false(const char* key) const {
    if (is_true(key)) refuse(key, "is true, which cannot be computed");
  }

  void expect_nothing(const char* key) const {
    if (find(key) != nullptr) refuse(key, "is set, which cannot be computed");
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& reason) const {
    throw std::runtime_error(source_ + ": " + path_ + key + " " + reason);
  }

 private:
  const json& object_;
  const std::string& source_;
  std::string path_;
};

// LlamaConfig's defaults, where our own differ from them.
DecoderConfig read_decoder(const Section& section, const std::string& source) {
  section.expect_one_of("hidden_act", {"silu"});
  section.expect_false("attention_bias");
  section.expect_false("mlp_bias");
  DecoderConfig decoder;
  decoder.vocabulary = section.integer("vocab_size", 32000);
  decoder.width = section.integer("hidden_size", 4096);
  decoder.layers = section.integer("num_hidden_layers", 32);
  decoder.heads = section.integer("num_attention_heads", 32);
  decoder.kv_heads = section.integer("num_key_value_heads", decoder.heads);
  decoder.mlp_width = section.integer("intermediate_size", 11008);
  decoder.max_tokens = section.integer("max_position_embeddings", 2048);
  decoder.norm_epsilon = section.number("rms_norm_eps", 1e-6);
  decoder.rope_theta = section.number("rope_theta", 10000.0);

  section.expect_nothing("rope_scaling");
  if (const json* rope = section.find("rope_parameters")) {  // since transformers 5
    const Section parameters(*rope, source, "rope_parameters.");
    parameters.expect_one_of("rope_type", {"default"});
    decoder.rope_theta = parameters.number("rope_theta", decoder.rope_theta);
  }
  const int head_width = section.integer("head_dim", 0);
  if (head_width != 0 && std::int64_t{head_width} * decoder.heads != decoder.width) {
    section.refuse("head_dim",
                   "is " + std::to_string(head_width) + ", not hidden_size / num_attention_heads");
  }
  return decoder;
}

// CLIPVisionConfig's defaults.
VisionTowerConfig read_vision_tower(const Section& section) {
  section.expect_one_of("hidden_act", {"quick_gelu"});
  VisionTowerConfig tower;
  tower.image_size_px = section.integer("image_size", 224);
  tower.patch_size_px = section.integer("patch_size", 32);
  tower.width = section.integer("hidden_size", 768);
  tower.heads = section.integer("num_attention_heads", 12);
  tower.layers = section.integer("num_hidden_layers", 12);
  tower.feature_layers = tower.layers;
  tower.mlp_width = section.integer("intermediate_size", 3072);
  tower.norm_epsilon = section.number("layer_norm_eps", 1e-5);
  return tower;
}

// A size as a number, or as transformers has it since 4.20.
int side_px(const Section& section, const char* key, const std::string& source, int otherwise) {
  const json* value = section.find(key);
  if (value == nullptr || !value->is_object()) return section.integer(key, otherwise);
  const Section size(*value, source, std::string(key) + ".");
  return size.integer("shortest_edge", size.integer("height", otherwise));
}

}  // namespace

LlavaConfig read_llava_config(const json& document, const std::string& source) {
  const Section top(document, source);
  LlavaConfig config;
  if (const json* text = top.find("text_config")) {
    top.expect_one_of("projector_hidden_act", {"gelu"});
    top.expect_one_of("vision_feature_select_strategy", {"default"});
    config.vision_feature_layer = top.integer("vision_feature_layer", -2);
    const Section text_section(*text, source, "text_config.");
    config.decoder = read_decoder(text_section, source);
    config.has_tied_head =
        top.is_true("tie_word_embeddings") || text_section.is_true("tie_word_embeddings");
    if (const json* vision = top.find("vision_config")) {
      config.vision_tower = read_vision_tower(Section(*vision, source, "vision_config."));
    }
  } else {
    top.expect_one_of("mm_projector_type", {"mlp2x_gelu"});
    top.expect_one_of("mm_vision_select_feature", {"patch"});
    top.expect_false("mm_use_im_start_end");
    top.expect_false("mm_use_im_patch_token");
    config.vision_feature_layer = top.integer("mm_vision_select_layer", -2);
    config.decoder = read_decoder(top, source);
    config.has_tied_head = top.is_true("tie_word_embeddings");
  }
  return config;
}

VisionTowerConfig read_clip_config(const json& document, const std::string& source) {
  const Section top(document, source);
  const json* vision = top.find("vision_config");
  return read_vision_tower(vision == nullptr ? top : Section(*vision, source, "vision_config."));
}

void read_pixel_statistics(const json& document, const std::string& source,
                           VisionTowerConfig& vision_tower) {
  const Section section(document, source);
  section.numbers("image_mean", vision_tower.mean);
  section.numbers("image_std", vision_tower.deviation);
  const int made_px = side_px(section, "crop_size", source, vision_tower.image_size_px);
  if (made_px != vision_tower.image_size_px) {
    section.refuse("crop_size", "is " + std::to_string(made_px) + ", but the vision tower takes " +
                                    std::to_string(vision_tower.image_size_px) + " pixels");
  }
}

int used_vision_layers(int feature_layer, int layers, const std::string& source) {
  const std::int64_t used =
      feature_layer < 0 ? std::int64_t{layers} + 1 + feature_layer : feature_layer;
  if (used < 0 || used > layers) {
    throw std::runtime_error(source + ": hidden state " + std::to_string(feature_layer) +
                             " is asked of a vision tower of " + std::to_string(layers) +
                             " layers");
  }
  return static_cast<int>(used);
}

}  // namespace dali
