// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/base/source_classes.h"

namespace dali {

// {"ambulance": ["ambulance", "siren"], ...}. Throws std::runtime_error naming the file, and the
// class that is not an array of words; one of at least one class with at least one word each.
SourceClasses read_source_classes(const std::filesystem::path& file);

// Throws FileError naming the file.
void write_source_classes(const std::filesystem::path& file, const SourceClasses& classes);

}  // namespace dali
