// SPDX-License-Identifier: LGPL-2.1-or-later
// The config.json of a model directory, and those that come with published weights. What is
// accepted of ours must also survive being written and read again.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "import/published_config.h"
#include "model/weights/model_config_json.h"
#include "model/weights/strict_json.h"

namespace {

// As one of LLaVA, of CLIP and of CLIP's preprocessor.
void read_as_published(const nlohmann::json& document) {
  const auto attempt = [](auto&& read) {
    try {
      read();
    } catch (const std::runtime_error&) {
    }
  };
  dali::VisionTowerConfig tower;
  attempt([&] { dali::read_llava_config(document, "input"); });
  attempt([&] { tower = dali::read_clip_config(document, "input"); });
  attempt([&] { dali::read_pixel_statistics(document, "input", tower); });
}

// True when it is a configuration of ours.
bool read_as_ours(const nlohmann::json& document, dali::ModelConfig& config) {
  try {
    config = dali::model_config_from_json(document, "input");
    dali::validate(config);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  nlohmann::json document;
  try {
    document = dali::parse_strict_json(text, "input");
  } catch (const std::runtime_error&) {
    return 0;
  }
  read_as_published(document);
  dali::ModelConfig config;
  if (!read_as_ours(document, config)) return 0;
  const nlohmann::json written = dali::model_config_to_json(config);
  const auto again =
      dali::model_config_from_json(dali::parse_strict_json(written.dump(), "written"), "written");
  if (dali::model_config_to_json(again) != written) std::abort();
  return 0;
}
