// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_product.h"

#include <stdexcept>
#include <string>

#include "model/kernels/instruction_set.h"
#include "model/kernels/quantised_blocks.h"
#include "model/kernels/quantised_tile.h"

namespace dali {
namespace {

struct NamedKernel {
  std::string_view name;
  const QuantisedKernel* kernel;
};

std::vector<NamedKernel> usable_kernels() {
  std::vector<NamedKernel> kernels = {{"portable", &kPortableKernel}};
#if defined(__x86_64__)
  for (const InstructionSet set : usable_instruction_sets()) {
    if (set == InstructionSet::kAvx2) kernels.push_back({"avx2", &kAvx2Kernel});
  }
  if (has_byte_products(InstructionSet::kAvx2)) kernels.push_back({"avx-vnni", &kAvxVnniKernel});
  if (has_byte_products(InstructionSet::kAvx512)) {
    kernels.push_back({"avx512-vnni", &kAvx512VnniKernel});
  }
#endif
  return kernels;
}

const std::vector<NamedKernel>& kernels_of_this_processor() {
  static const std::vector<NamedKernel> kernels = usable_kernels();
  return kernels;
}

}  // namespace

void multiply_quantised(const QuantisedRows& rows, const QuantisedMatrix& matrix,
                        std::int64_t first_panel, std::int64_t end_panel, float* result,
                        std::int64_t stride) {
  multiply_in_blocks(*kernels_of_this_processor().back().kernel, rows, matrix, first_panel,
                     end_panel, result, stride);
}

std::vector<std::string_view> quantised_kernels() {
  std::vector<std::string_view> names;
  for (const NamedKernel& kernel : kernels_of_this_processor()) names.push_back(kernel.name);
  return names;
}

void multiply_quantised_by(std::string_view kernel, const QuantisedRows& rows,
                           const QuantisedMatrix& matrix, std::int64_t first_panel,
                           std::int64_t end_panel, float* result, std::int64_t stride) {
  for (const NamedKernel& candidate : kernels_of_this_processor()) {
    if (candidate.name != kernel) continue;
    multiply_in_blocks(*candidate.kernel, rows, matrix, first_panel, end_panel, result, stride);
    return;
  }
  throw std::invalid_argument("this processor has no kernel " + std::string(kernel));
}

}  // namespace dali
