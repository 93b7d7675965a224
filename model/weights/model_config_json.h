// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/base/model_config.h"

namespace dali {

// The configuration that `document`, the content of a config.json, states; what it leaves out keeps
// its default. It is not validated. Throws std::invalid_argument "SOURCE: ..." naming the key: for
// a value of the wrong type, and for an unknown key, with the nearest one that exists.
ModelConfig model_config_from_json(const nlohmann::json& document, const std::string& source);

// Every field, defaults too, so that a later change of a default does not change a stored model.
nlohmann::json model_config_to_json(const ModelConfig& config);

}  // namespace dali
