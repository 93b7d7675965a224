// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dali {

// How many bytes the length before each part of an access unit of H.264 has, by what "avcC" holds.
// Throws std::runtime_error when that is too short.
int length_bytes_of(std::string_view configuration);

// Adds to `bytes` the access unit without the parameter sets in it: in fragments they stand in the
// file that is read first (ISO/IEC 14496-15, "avc1"). Returns how many bytes were added. Throws
// std::runtime_error when the unit's parts do not fill it.
std::uint32_t append_access_unit(std::string& bytes, std::string_view unit, int length_bytes);

}  // namespace dali
