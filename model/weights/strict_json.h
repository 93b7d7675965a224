// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace dali {

// Parses JSON that may come from anywhere. Beyond the grammar it refuses what makes two readers
// disagree or a reader run out of stack: a key twice in one object, and nesting deeper than 32.
// Throws std::runtime_error "SOURCE: ..." in one line.
nlohmann::json parse_strict_json(std::string_view text, const std::string& source);

// The same for a whole file of at most 64 MiB.
nlohmann::json read_strict_json(const std::filesystem::path& path);

// The whole file, in one piece. Throws std::runtime_error when it cannot be read or is longer
// than `longest_bytes`.
std::string read_text_file(const std::filesystem::path& path, std::size_t longest_bytes);

}  // namespace dali
