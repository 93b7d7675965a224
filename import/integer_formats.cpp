// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/integer_formats.h"

#include "model/weights/load_weights.h"

namespace dali {

std::map<std::string, WeightFormat> integer_formats(const CaptioningModel& model,
                                                    WeightFormat format) {
  std::map<std::string, WeightFormat> formats;
  for (const auto& [weight, linear] : linears_of(*model)) {
    if (!linear->fits_integers()) continue;
    const bool is_of_later_layers =
        weight.starts_with("decoder.layers.") && !weight.starts_with("decoder.layers.0.");
    formats.emplace(weight, is_of_later_layers ? format : WeightFormat::kInt8);
  }
  return formats;
}

}  // namespace dali
