// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/mixed_bits.h"

namespace dali {

std::uint64_t mixed_bits(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace dali
