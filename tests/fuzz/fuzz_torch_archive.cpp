// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole files of torch.save(): the zip directory first of all.

#include <cstdint>
#include <stdexcept>

#include "model/weights/torch_archive.h"
#include "tests/fuzz/touch_elements.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const char> file(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& [name, tensor] : dali::read_torch_archive(file, "input")) {
      dali::touch_elements(file, tensor);
    }
  } catch (const std::runtime_error&) {
  }
  return 0;
}
