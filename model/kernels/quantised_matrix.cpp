// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_matrix.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "model/kernels/bfloat16.h"

namespace dali {
namespace {

constexpr int kOutputs = kPanelOutputs;
constexpr int kInputs = kGroupInputs;

// Numbers of a panel, one for each output: the loops over them become vectors.
using Lanes = std::array<float, kOutputs>;
// A group of a panel: [inputs][outputs].
using Group = std::array<Lanes, kInputs>;

// Below this a group counts as zero, so that one over the scale is finite.
constexpr float kLeastScale = 0x1p-120f;

// The nearest whole number, ties to even: of the numbers of this magnitude the last bit is worth 1.
// As a loop of additions it becomes vectors on every processor.
float rounded(float number) {
  constexpr float kLastBitIsOne = 0x1.8p23f;
  return (number + kLastBitIsOne) - kLastBitIsOne;
}

// Towards larger magnitudes, so that what the scale is made for does not exceed the codes.
std::uint16_t bfloat16_rounded_up(float number) {
  constexpr float kLargest = 0x1.fep127f;
  const auto bits = std::bit_cast<std::uint32_t>(std::clamp(number, -kLargest, kLargest));
  return static_cast<std::uint16_t>((bits + 0xffff) >> 16);
}

float scale_of_code(float number) {
  return std::fabs(number) < kLeastScale ? 0.0f : from_bfloat16(bfloat16_rounded_up(number));
}

Group read_group(std::span<const float> weights, const QuantisedLayout& layout, std::int64_t panel,
                 std::int64_t group) {
  Group numbers = {};
  const std::int64_t outputs =
      std::min<std::int64_t>(kOutputs, layout.outputs - panel * kPanelOutputs);
  for (std::int64_t output = 0; output < outputs; ++output) {
    const float* row = &weights[static_cast<std::size_t>(
        (panel * kPanelOutputs + output) * layout.inputs + group * kGroupInputs)];
    for (int input = 0; input < kInputs; ++input) {
      numbers[static_cast<std::size_t>(input)][static_cast<std::size_t>(output)] = row[input];
    }
  }
  return numbers;
}

Lanes one_over(const Lanes& scales) {
  Lanes inverses;
  for (std::size_t lane = 0; lane < scales.size(); ++lane) {
    inverses[lane] = scales[lane] == 0.0f ? 0.0f : 1.0f / scales[lane];
  }
  return inverses;
}

// Of each output: the weight of the largest magnitude, with its sign.
Lanes extremes_of(const Group& numbers) {
  Lanes extremes = {};
  for (const Lanes& input : numbers) {
    for (std::size_t lane = 0; lane < input.size(); ++lane) {
      const bool is_larger = std::fabs(input[lane]) > std::fabs(extremes[lane]);
      extremes[lane] = is_larger ? input[lane] : extremes[lane];
    }
  }
  return extremes;
}

// The whole number of scales that is nearest to the weight, of those that have a code.
float level_of(float number, float inverse, float least, float largest) {
  return rounded(std::clamp(number * inverse, least, largest));
}

struct Levels {
  float least;
  float largest;
};

constexpr Levels kInt8Levels = {-127.0f, 127.0f};
constexpr Levels kInt4Levels = {-8.0f, 7.0f};

// How well levels of these scales stand for the numbers, and the scales that would leave the least
// squared error for the same levels.
struct Fit {
  Lanes errors = {};
  Lanes better_scales = {};
};

Fit fit_of(const Group& numbers, const Lanes& scales) {
  const Lanes inverses = one_over(scales);
  Fit fit;
  Lanes products = {};
  Lanes squares = {};
  for (const Lanes& input : numbers) {
    for (std::size_t lane = 0; lane < input.size(); ++lane) {
      const float level =
          level_of(input[lane], inverses[lane], kInt4Levels.least, kInt4Levels.largest);
      const float error = input[lane] - level * scales[lane];
      fit.errors[lane] += error * error;
      products[lane] += input[lane] * level;
      squares[lane] += level * level;
    }
  }
  for (std::size_t lane = 0; lane < squares.size(); ++lane) {
    fit.better_scales[lane] =
        squares[lane] == 0.0f ? 0.0f : scale_of_code(products[lane] / squares[lane]);
  }
  return fit;
}

Lanes int8_scales(const Group& numbers) {
  Lanes scales = extremes_of(numbers);
  for (float& scale : scales) scale = scale_of_code(std::fabs(scale) / kInt8Levels.largest);
  return scales;
}

// The levels reach one further below zero than above, so the scale's sign takes the extreme weight
// to either side. Between the candidates lies what a finer grid for the others costs the extreme
// one; from each of them it goes on to the scale that suits its levels best, and so on.
Lanes int4_scales(const Group& numbers) {
  constexpr int kImprovements = 2;  // more of either gain a thousandth of the error
  const Lanes extremes = extremes_of(numbers);
  Lanes best_scales = {};
  Lanes least_errors;
  least_errors.fill(std::numeric_limits<float>::infinity());
  for (const float level : {-8.0f, 7.0f, -8.75f}) {
    Lanes scales = extremes;
    for (float& scale : scales) scale = scale_of_code(scale / level);
    for (int improvements = 0; improvements <= kImprovements; ++improvements) {
      const Fit fit = fit_of(numbers, scales);
      for (std::size_t lane = 0; lane < scales.size(); ++lane) {
        const bool is_better = fit.errors[lane] < least_errors[lane];
        least_errors[lane] = is_better ? fit.errors[lane] : least_errors[lane];
        best_scales[lane] = is_better ? scales[lane] : best_scales[lane];
      }
      scales = fit.better_scales;
    }
  }
  return best_scales;
}

// [inputs][outputs], from 0.
using GroupCodes = std::array<std::array<std::uint8_t, kOutputs>, kInputs>;

GroupCodes codes_of(const Group& numbers, const Lanes& scales, Levels levels, int zero) {
  const Lanes inverses = one_over(scales);
  GroupCodes codes;
  for (std::size_t input = 0; input < numbers.size(); ++input) {
    for (std::size_t lane = 0; lane < scales.size(); ++lane) {
      const float level =
          level_of(numbers[input][lane], inverses[lane], levels.least, levels.largest);
      codes[input][lane] = static_cast<std::uint8_t>(static_cast<int>(level) + zero);
    }
  }
  return codes;
}

void store(const GroupCodes& codes, WeightFormat format, std::uint8_t* bytes) {
  if (format == WeightFormat::kInt8) {
    for (std::size_t input = 0; input < codes.size(); ++input) {
      for (std::size_t output = 0; output < kOutputs; ++output) {
        bytes[(input / 4 * kOutputs + output) * 4 + input % 4] = codes[input][output];
      }
    }
    return;
  }
  for (std::size_t eight = 0; eight < 4; ++eight) {
    for (std::size_t output = 0; output < kOutputs; ++output) {
      for (std::size_t input = 0; input < 4; ++input) {
        const int low = codes[8 * eight + input][output];
        const int high = codes[8 * eight + 4 + input][output];
        bytes[(eight * kOutputs + output) * 4 + input] = static_cast<std::uint8_t>(low | high << 4);
      }
    }
  }
}

int code_at(const std::uint8_t* bytes, WeightFormat format, std::int64_t input,
            std::int64_t output) {
  if (format == WeightFormat::kInt8) {
    return bytes[(input / 4 * kPanelOutputs + output) * 4 + input % 4];
  }
  const int both = bytes[(input / 8 * kPanelOutputs + output) * 4 + input % 4];
  return input % 8 < 4 ? both & 0x0f : both >> 4;
}

}  // namespace

void quantise(std::span<const float> weights, const QuantisedLayout& layout,
              std::span<std::uint8_t> codes, std::span<std::uint16_t> scales) {
  const bool is_int8 = layout.format == WeightFormat::kInt8;
  for (std::int64_t panel = 0; panel < layout.panels(); ++panel) {
    for (std::int64_t group = 0; group < layout.groups(); ++group) {
      const Group numbers = read_group(weights, layout, panel, group);
      const Lanes group_scales = is_int8 ? int8_scales(numbers) : int4_scales(numbers);
      const std::int64_t position = panel * layout.groups() + group;
      store(codes_of(numbers, group_scales, is_int8 ? kInt8Levels : kInt4Levels, layout.zero()),
            layout.format, &codes[static_cast<std::size_t>(position * layout.group_bytes())]);
      for (std::int64_t output = 0; output < kPanelOutputs; ++output) {
        // Exact: they are bfloat16 already.
        scales[static_cast<std::size_t>(position * kPanelOutputs + output)] =
            static_cast<std::uint16_t>(
                std::bit_cast<std::uint32_t>(group_scales[static_cast<std::size_t>(output)]) >> 16);
      }
    }
  }
}

void dequantise(const QuantisedMatrix& matrix, std::int64_t first_output, std::int64_t end_output,
                std::span<float> weights) {
  const QuantisedLayout& layout = matrix.layout;
  auto weight = weights.begin();
  for (std::int64_t output = first_output; output < end_output; ++output) {
    const std::int64_t lane = output % kPanelOutputs;
    for (std::int64_t group = 0; group < layout.groups(); ++group) {
      const std::int64_t position = output / kPanelOutputs * layout.groups() + group;
      const std::uint8_t* bytes = matrix.codes + position * layout.group_bytes();
      const float scale = from_bfloat16(matrix.scales[position * kPanelOutputs + lane]);
      for (std::int64_t input = 0; input < kGroupInputs; ++input) {
        const int level = code_at(bytes, layout.format, input, lane) - layout.zero();
        *weight++ = scale * static_cast<float>(level);
      }
    }
  }
}

}  // namespace dali
