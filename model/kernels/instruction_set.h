// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

namespace dali {

// What a kernel's vectors are made of. Each has what those before it have.
enum class InstructionSet {
  kPortable,  // 128 bits, which every 64-bit processor has
  kAvx2,      // 256 bits and products with sums in one instruction: AVX2 and FMA
  kAvx512,    // 512 bits: AVX-512 F, BW, DQ and VL
};

// What this processor has, and what ONEDNN_MAX_CPU_ISA leaves of it, best last. That variable is
// how one tells oneDNN, which computes beside these kernels, to do with less.
std::vector<InstructionSet> usable_instruction_sets();

// The last of them; asked once.
InstructionSet best_instruction_set();

// Whether products of bytes that are added up in fours (VNNI) can be had in vectors of this length:
// not every processor with the set has them. By this processor and by ONEDNN_MAX_CPU_ISA, too.
bool has_byte_products(InstructionSet set);

std::string_view to_string(InstructionSet set);

}  // namespace dali
