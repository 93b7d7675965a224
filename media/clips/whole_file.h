// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace dali {

// All bytes of the file. Throws std::runtime_error naming it when it cannot be opened.
inline std::string whole_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace dali
