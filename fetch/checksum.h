// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace dali {

inline constexpr std::size_t kSha256Digits = 64;  // hexadecimal

// SHA-256 of a whole file, as so many hexadecimal digits. `after_bytes` is called now and then with
// how many bytes were read, and may throw. Throws std::runtime_error naming a file that cannot be
// read.
std::string sha256_of(const std::filesystem::path& file,
                      const std::function<void(std::uint64_t)>& after_bytes);

}  // namespace dali
