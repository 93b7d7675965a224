// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/instruction_set.h"

#include <cctype>
#include <cstdlib>
#include <string>

namespace dali {
namespace {

// In the words of oneDNN, which reads this variable without regard to case.
std::string most_in_words() {
  const char* const value = std::getenv("ONEDNN_MAX_CPU_ISA");
  std::string name = value != nullptr ? value : "";
  for (char& letter : name) letter = static_cast<char>(std::toupper(letter));
  return name;
}

// Unknown words limit nothing, as there.
InstructionSet most_allowed() {
  const std::string name = most_in_words();
  if (name == "SSE41" || name == "AVX") return InstructionSet::kPortable;
  if (name == "AVX2" || name == "AVX2_VNNI" || name == "AVX2_VNNI_2") return InstructionSet::kAvx2;
  return InstructionSet::kAvx512;
}

bool has(InstructionSet set) {
#if defined(__x86_64__)
  switch (set) {
    case InstructionSet::kPortable:
      return true;
    case InstructionSet::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    case InstructionSet::kAvx512:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  }
#endif
  return set == InstructionSet::kPortable;
}

}  // namespace

std::vector<InstructionSet> usable_instruction_sets() {
  std::vector<InstructionSet> sets;
  const InstructionSet most = most_allowed();
  for (const auto set :
       {InstructionSet::kPortable, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (set > most || !has(set)) break;
    sets.push_back(set);
  }
  return sets;
}

InstructionSet best_instruction_set() {
  static const InstructionSet best = usable_instruction_sets().back();
  return best;
}

bool has_byte_products(InstructionSet set) {
#if defined(__x86_64__)
  const std::string most = most_in_words();
  if (set > most_allowed() || !has(set) || most == "AVX2" || most == "AVX512_CORE") return false;
  if (set == InstructionSet::kAvx2) return __builtin_cpu_supports("avxvnni") != 0;
  if (set == InstructionSet::kAvx512) return __builtin_cpu_supports("avx512vnni") != 0;
#endif
  return false;
}

std::string_view to_string(InstructionSet set) {
  switch (set) {
    case InstructionSet::kPortable:
      return "portable";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx512:
      return "avx512";
  }
  return "";
}

}  // namespace dali
