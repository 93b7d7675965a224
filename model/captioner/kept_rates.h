// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/captioner/arithmetic_choice.h"

namespace dali {

// Where measured rates are kept for the next time: gst-dali/product-rates in the user's folder of
// caches, $XDG_CACHE_HOME or else ~/.cache. Empty where there is none.
std::filesystem::path rates_file();

// The rates that `file` has for `machine`, one line that names what they depend on. Nothing when
// there is no such file, no such line, or something else in it than rates. Throws nothing.
std::optional<ProductRates> kept_rates(const std::filesystem::path& file,
                                       const std::string& machine);

// Adds them to the file, beside those of other machines that share the folder. Gives back whether
// kept_rates() will find them: false where the file cannot be written. Throws nothing.
bool keep_rates(const std::filesystem::path& file, const std::string& machine,
                const ProductRates& rates);

}  // namespace dali
