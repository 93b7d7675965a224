// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/model_config_json.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/base/in_quotes.h"
#include "model/base/nearest_name.h"

namespace dali {
namespace {

using nlohmann::json;

// Every field with its name, once for reading and writing: a visitor is called with (name, field),
// or (name, section).

template <typename Visitor>
void visit_fields(SpectrogramConfig& config, Visitor&& visit) {
  visit("mel_bins", config.mel_bins);
  visit("frames", config.frames);
  visit("mean", config.mean);
  visit("deviation", config.deviation);
}

template <typename Visitor>
void visit_fields(AudioTowerConfig& config, Visitor&& visit) {
  visit("width", config.width);
  visit("heads", config.heads);
  visit("layers", config.layers);
  visit("mlp_width", config.mlp_width);
  visit("patch_size", config.patch_size);
  visit("output_width", config.output_width);
  visit("norm_epsilon", config.norm_epsilon);
}

template <typename Visitor>
void visit_fields(VisionTowerConfig& config, Visitor&& visit) {
  visit("image_size_px", config.image_size_px);
  visit("patch_size_px", config.patch_size_px);
  visit("width", config.width);
  visit("heads", config.heads);
  visit("layers", config.layers);
  visit("feature_layers", config.feature_layers);
  visit("mlp_width", config.mlp_width);
  visit("norm_epsilon", config.norm_epsilon);
  visit("mean", config.mean);
  visit("deviation", config.deviation);
}

template <typename Visitor>
void visit_fields(ProjectorConfig& config, Visitor&& visit) {
  visit("input_width", config.input_width);
  visit("output_width", config.output_width);
}

template <typename Visitor>
void visit_fields(DecoderConfig& config, Visitor&& visit) {
  visit("vocabulary", config.vocabulary);
  visit("width", config.width);
  visit("layers", config.layers);
  visit("heads", config.heads);
  visit("kv_heads", config.kv_heads);
  visit("mlp_width", config.mlp_width);
  visit("max_tokens", config.max_tokens);
  visit("norm_epsilon", config.norm_epsilon);
  visit("rope_theta", config.rope_theta);
}

template <typename Visitor>
void visit_fields(PromptConfig& config, Visitor&& visit) {
  visit("conversation", config.conversation);
  visit("question", config.question);
}

template <typename Visitor>
void visit_fields(SamplingConfig& config, Visitor&& visit) {
  visit("max_new_tokens", config.max_new_tokens);
  visit("temperature", config.temperature);
  visit("top_k", config.top_k);
  visit("top_p", config.top_p);
  visit("repetition_penalty", config.repetition_penalty);
}

template <typename Visitor>
void visit_fields(ModelConfig& config, Visitor&& visit) {
  visit("name", config.name);
  visit("spectrogram", config.spectrogram);
  visit("audio_tower", config.audio_tower);
  visit("vision_tower", config.vision_tower);
  visit("projector", config.projector);
  visit("decoder", config.decoder);
  visit("prompt", config.prompt);
  visit("sampling", config.sampling);
  visit("prefix_tokens", config.prefix_tokens);
  visit("has_audio_projector", config.has_audio_projector);
  visit("audiovisual", config.audiovisual);
  visit("prefix_use", config.prefix_use);
}

bool read_value(const json& value, int& field) {
  if (!value.is_number_integer()) return false;
  const bool is_too_large =
      value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<int>::max();
  if (is_too_large || value.get<std::int64_t>() < std::numeric_limits<int>::min()) return false;
  field = value.get<int>();
  return true;
}

bool read_value(const json& value, double& field) {
  if (!value.is_number()) return false;
  field = value.get<double>();
  return true;
}

bool read_value(const json& value, bool& field) {
  if (!value.is_boolean()) return false;
  field = value.get<bool>();
  return true;
}

bool read_value(const json& value, std::string& field) {
  if (!value.is_string()) return false;
  field = value.get<std::string>();
  return true;
}

template <typename Choice>
bool read_choice(const json& value, std::optional<Choice> parse(std::string_view), Choice& field) {
  const auto choice = value.is_string() ? parse(value.get_ref<const std::string&>()) : std::nullopt;
  if (choice) field = *choice;
  return choice.has_value();
}

bool read_value(const json& value, AudiovisualProjection& field) {
  return read_choice(value, parse_audiovisual_projection, field);
}

bool read_value(const json& value, PrefixUse& field) {
  return read_choice(value, parse_prefix_use, field);
}

bool read_value(const json& value, std::array<double, 3>& field) {
  if (!value.is_array() || value.size() != field.size()) return false;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (!read_value(value[i], field[i])) return false;
  }
  return true;
}

const char* description_of(const int&) {
  return "an integer of 32 bits";
}
const char* description_of(const double&) {
  return "a number";
}
const char* description_of(const bool&) {
  return "true or false";
}
const char* description_of(const std::string&) {
  return "text";
}
const char* description_of(const std::array<double, 3>&) {
  return "a list of 3 numbers";
}
// Appended, not added: GCC 14 warns of array bounds in its own string where it moves the sum.
std::string one_of(const char* names) {
  std::string text = "one of ";
  text += names;
  return text;
}
std::string description_of(const AudiovisualProjection&) {
  return one_of(kAudiovisualProjections);
}
std::string description_of(const PrefixUse&) {
  return one_of(kPrefixUses);
}

// Fills one struct from one JSON object.
class SectionReader {
 public:
  // Borrows `object`. `path` is "" or "section.".
  SectionReader(const json& object, std::string source, std::string path)
      : object_(object), source_(std::move(source)), path_(std::move(path)) {}

  template <typename Config>
  void read(Config& config) {
    visit_fields(config, *this);
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known_keys_.begin(), known_keys_.end(), key) == known_keys_.end()) {
        throw std::invalid_argument(source_ + ": unknown key " + in_quotes(path_ + key) +
                                    "; the nearest is " +
                                    in_quotes(path_ + nearest_name(key, known_keys_)));
      }
    }
  }

  template <typename Field>
  void operator()(const char* name, Field& field) {
    known_keys_.emplace_back(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    if constexpr (requires { visit_fields(field, *this); }) {
      if (!found->is_object()) refuse(name, "an object");
      SectionReader(*found, source_, path_ + name + ".").read(field);
    } else if (!read_value(*found, field)) {
      refuse(name, description_of(field));
    }
  }

 private:
  [[noreturn]] void refuse(const char* name, const std::string& description) const {
    throw std::invalid_argument(source_ + ": " + path_ + name + " must be " + description);
  }

  const json& object_;
  std::string source_;
  std::string path_;
  std::vector<std::string> known_keys_;
};

class SectionWriter {
 public:
  template <typename Config>
  static json written(Config& config) {
    SectionWriter writer;
    visit_fields(config, writer);
    return std::move(writer.object_);
  }

  template <typename Field>
  void operator()(const char* name, Field& field) {
    if constexpr (requires { visit_fields(field, *this); }) {
      object_[name] = written(field);
    } else if constexpr (std::is_enum_v<Field>) {
      object_[name] = std::string(to_string(field));
    } else {
      object_[name] = field;
    }
  }

 private:
  json object_ = json::object();
};

}  // namespace

ModelConfig model_config_from_json(const json& document, const std::string& source) {
  if (!document.is_object()) throw std::invalid_argument(source + ": not a JSON object");
  ModelConfig config;
  SectionReader(document, source, "").read(config);
  return config;
}

json model_config_to_json(const ModelConfig& config) {
  ModelConfig copy = config;  // the visitors serve readers too, which write
  return SectionWriter::written(copy);
}

}  // namespace dali
