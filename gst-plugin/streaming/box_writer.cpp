// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/box_writer.h"

#include <limits>
#include <stdexcept>

namespace dali {

void BoxWriter::number(std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    bytes_ += static_cast<char>(value >> shift & 0xff);
  }
}

std::size_t BoxWriter::place() {
  zeros(4);
  return bytes_.size() - 4;
}

void BoxWriter::fill(std::size_t place, std::size_t value) {
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a fragment of media cannot hold 4 GiB");
  }
  for (std::size_t byte = 0; byte < 4; ++byte) {
    bytes_[place + byte] = static_cast<char>(value >> (24 - 8 * byte) & 0xff);
  }
}

std::size_t BoxWriter::begin(std::string_view name) {
  const std::size_t start = place();
  append(name);
  return start;
}

void BoxWriter::end(std::size_t start) {
  fill(start, bytes_.size() - start);
}

}  // namespace dali
