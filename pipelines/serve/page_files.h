// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

namespace dali {

// A file of the folder page/, as it was when the program was built.
struct PageFile {
  std::string_view name;  // "index.html"
  std::string_view text;
};

// The function's source is written by embed_page.py.
std::span<const PageFile> page_files();

}  // namespace dali
