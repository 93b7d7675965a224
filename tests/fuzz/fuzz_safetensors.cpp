// SPDX-License-Identifier: LGPL-2.1-or-later
// Safetensors files.

#include <cstdint>
#include <stdexcept>

#include "model/weights/safetensors_header.h"
#include "tests/fuzz/touch_elements.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const char> file(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& [name, tensor] : dali::read_safetensors_header(file, "input").tensors) {
      dali::touch_elements(file, tensor);
    }
  } catch (const std::runtime_error&) {
  }
  return 0;
}
