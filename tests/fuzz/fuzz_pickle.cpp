// SPDX-License-Identifier: LGPL-2.1-or-later
// The pickle in a file of torch.save(), in an archive that is otherwise sound: the stack machine.

#include <cstdint>
#include <stdexcept>

#include "model/weights/torch_archive.h"
#include "tests/fuzz/touch_elements.h"
#include "tests/support/zip_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pickle(reinterpret_cast<const char*>(data), size);
  const std::string bytes = dali::zip_file({{"archive/data.pkl", pickle},
                                            {"archive/data/0", std::string(64, '\1')},
                                            {"archive/data/1", std::string(24, '\2')}});
  // On the heap and of just this size, so that AddressSanitizer sees its end.
  const std::vector<char> file(bytes.begin(), bytes.end());
  try {
    for (const auto& [name, tensor] : dali::read_torch_archive(file, "input")) {
      dali::touch_elements(file, tensor);
    }
  } catch (const std::runtime_error&) {
  }
  return 0;
}
