// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// The library of that name that was installed with this module, else the file that dlopen(name) of
// this module opens by LD_LIBRARY_PATH and RUNPATH, else the one of the configured prefix; empty
// where only the loader's cache knows one, or nobody.
std::filesystem::path found_library(const char* name);

// Whether the file is an ELF file that ends before what the loader would map of it: a copy that was
// broken off. To open it is to die of SIGBUS.
bool is_cut_short(const std::filesystem::path& library);

}  // namespace dali
