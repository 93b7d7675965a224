// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/access_unit.h"

#include <stdexcept>

namespace dali {
namespace {

// Of a sequence, of its pictures, and the sequence's extension.
bool is_parameter_set(char first_byte) {
  const int type = first_byte & 0x1f;
  return type == 7 || type == 8 || type == 13;
}

}  // namespace

int length_bytes_of(std::string_view configuration) {
  if (configuration.size() < 7) {
    throw std::runtime_error("the configuration of H.264 is too short");
  }
  return (configuration[4] & 3) + 1;
}

std::uint32_t append_access_unit(std::string& bytes, std::string_view unit, int length_bytes) {
  const auto prefix = static_cast<std::size_t>(length_bytes);
  const std::size_t before = bytes.size();
  while (!unit.empty()) {
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < prefix && byte < unit.size(); ++byte) {
      length = length << 8 | static_cast<unsigned char>(unit[byte]);
    }
    if (unit.size() < prefix || length > unit.size() - prefix) {
      throw std::runtime_error("an access unit of H.264 is broken off");
    }
    if (length > 0 && !is_parameter_set(unit[prefix])) bytes += unit.substr(0, prefix + length);
    unit.remove_prefix(prefix + length);
  }
  return static_cast<std::uint32_t>(bytes.size() - before);
}

}  // namespace dali
