// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_rows.h"

#include <algorithm>
#include <array>

#include "model/kernels/instruction_set.h"
#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_row_steps.h"

namespace dali {
namespace {

constexpr std::size_t kInputs = kGroupInputs;

QuantiseRow* quantise_row_by(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return quantise_row_avx512;
  if (set == InstructionSet::kAvx2) return quantise_row_avx2;
#endif
  return quantise_row_portable;
}

// One step of one row.
struct Step {
  std::array<std::int8_t, kInputs> codes = {};
  float scale = 0.0f;
  std::int32_t sum = 0;
};

Step step_at(const QuantisedRows& quantised, std::size_t position) {
  Step step = {.scale = quantised.scales[position], .sum = quantised.sums[position]};
  std::copy_n(&quantised.codes[position * kInputs], kInputs, step.codes.begin());
  return step;
}

void store(const Step& step, QuantisedRows& quantised, std::size_t position) {
  std::ranges::copy(step.codes, &quantised.codes[position * kInputs]);
  quantised.scales[position] = step.scale;
  quantised.sums[position] = step.sum;
}

// What the first step leaves over of a group.
Step second_step(const float* values, const Step& first) {
  std::array<float, kInputs> left_over;
  for (std::size_t i = 0; i < kInputs; ++i) {
    left_over[i] = values[i] - first.scale * static_cast<float>(first.codes[i]);
  }
  Step step;
  std::uint8_t needs_more;  // which it does not get: 16 bits are enough
  quantise_row_portable(left_over.data(), 1, step.codes.data(), &step.scale, &step.sum,
                        &needs_more);
  return step;
}

void resize(QuantisedRows& quantised, std::size_t steps) {
  quantised.codes.resize(steps * kInputs);
  quantised.scales.resize(steps);
  quantised.sums.resize(steps);
}

// `needs_more` [rows, groups]. The steps so far are one a group.
void insert_second_steps(const float* values, std::int64_t stride,
                         const std::vector<std::uint8_t>& needs_more, QuantisedRows& quantised) {
  const auto rows = static_cast<std::size_t>(quantised.rows);
  const std::size_t groups = quantised.step_groups.size();
  std::vector<std::int32_t> step_groups;
  for (std::size_t group = 0; group < groups; ++group) {
    step_groups.push_back(static_cast<std::int32_t>(group));
    bool has_second = false;
    for (std::size_t row = 0; row < rows; ++row)
      has_second |= needs_more[row * groups + group] != 0;
    if (has_second) step_groups.push_back(static_cast<std::int32_t>(group));
  }
  // From the end: no step is written where one still has to be read.
  resize(quantised, rows * step_groups.size());
  std::size_t position = rows * step_groups.size();
  for (std::size_t row = rows; row-- > 0;) {
    for (std::size_t step = step_groups.size(); step-- > 0;) {
      const auto group = static_cast<std::size_t>(step_groups[step]);
      const Step first = step_at(quantised, row * groups + group);
      const bool is_second = step > 0 && step_groups[step - 1] == step_groups[step];
      if (is_second) {
        const bool is_needed = needs_more[row * groups + group] != 0;
        const float* numbers = values + static_cast<std::int64_t>(row) * stride +
                               static_cast<std::int64_t>(group) * kGroupInputs;
        store(is_needed ? second_step(numbers, first) : Step{}, quantised, --position);
      } else {
        store(first, quantised, --position);
      }
    }
  }
  quantised.step_groups = std::move(step_groups);
}

}  // namespace

void quantise_rows(const float* values, std::int64_t rows, std::int64_t inputs, std::int64_t stride,
                   QuantisedRows& quantised) {
  quantise_rows_by(best_instruction_set(), values, rows, inputs, stride, quantised);
}

void quantise_rows_by(InstructionSet instructions, const float* values, std::int64_t rows,
                      std::int64_t inputs, std::int64_t stride, QuantisedRows& quantised) {
  thread_local std::vector<std::uint8_t> needs_more;
  QuantiseRow* const quantise_row = quantise_row_by(instructions);
  const std::int64_t groups = inputs / kGroupInputs;
  quantised.rows = rows;
  quantised.inputs = inputs;
  quantised.step_groups.resize(static_cast<std::size_t>(groups));
  for (std::size_t group = 0; group < quantised.step_groups.size(); ++group) {
    quantised.step_groups[group] = static_cast<std::int32_t>(group);
  }
  resize(quantised, static_cast<std::size_t>(rows * groups));
  needs_more.resize(static_cast<std::size_t>(rows * groups));
  std::int64_t more = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto first = static_cast<std::size_t>(row * groups);
    more += quantise_row(values + row * stride, groups, &quantised.codes[first * kInputs],
                         &quantised.scales[first], &quantised.sums[first], &needs_more[first]);
  }
  if (more > 0) insert_second_steps(values, stride, needs_more, quantised);
}

}  // namespace dali
