// SPDX-License-Identifier: LGPL-2.1-or-later
// Products with weights of 8 and 4 bits at the 7B decoder's shapes: many rows beside oneDNN's bare
// product of bytes (weights packed, no scales), where it was found; few rows beside a plain read of
// as many bytes. Medians of interleaved runs in this process: ratios count, for the machine has
// other users.
//
//     benchmark-quantised [THREADS [KERNEL]]      OMP_NUM_THREADS says how many oneDNN takes
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/base/processors.h"
#include "model/kernels/quantised_product.h"
#include "tests/model/bare_byte_product.h"
#include "tests/support/quantised_weights.h"

namespace dali {
namespace {

constexpr int kRepetitions = 7;
constexpr WeightFormat kFormats[] = {WeightFormat::kInt8, WeightFormat::kInt4};

int threads = 1;
std::string kernel;

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Each once to warm up, then all in turn. In the order of `runs`.
std::vector<double> median_seconds(const std::vector<std::function<void()>>& runs) {
  std::vector<std::vector<double>> seconds(runs.size());
  for (int repetition = 0; repetition <= kRepetitions; ++repetition) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const double taken = seconds_of(runs[i]);
      if (repetition > 0) seconds[i].push_back(taken);
    }
  }
  std::vector<double> medians;
  for (auto& taken : seconds) {
    std::ranges::nth_element(taken, taken.begin() + kRepetitions / 2);
    medians.push_back(taken[kRepetitions / 2]);
  }
  return medians;
}

// part(first, end) on each thread, of `count` in all.
void in_parts(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& part) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back(part, count * i / threads, count * (i + 1) / threads);
  }
  part(0, count / threads);
  for (auto& other : others) other.join();
}

void multiply(const QuantisedRows& rows, const QuantisedMatrix& matrix,
              std::vector<float>& result) {
  in_parts(matrix.layout.panels(), [&](std::int64_t first, std::int64_t end) {
    multiply_quantised_by(kernel, rows, matrix, first, end, result.data(), matrix.layout.outputs);
  });
}

QuantisedRows scattered_rows(std::int64_t rows, std::int64_t inputs) {
  const auto values = scattered_numbers(static_cast<std::size_t>(rows * inputs), 1);
  QuantisedRows quantised;
  quantise_rows(values.data(), rows, inputs, inputs, quantised);
  return quantised;
}

// Codes and scales without the numbers: what they are does not change the time.
struct AnyMatrix {
  explicit AnyMatrix(const QuantisedLayout& a_layout)
      : layout(a_layout),
        codes(static_cast<std::size_t>(layout.code_bytes())),
        scales(static_cast<std::size_t>(layout.scale_count()), 0x3c00) {
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::uint8_t>(i * 37 >> 3);
  }
  QuantisedMatrix matrix() const { return {layout, codes.data(), scales.data()}; }
  double bytes() const {
    return static_cast<double>(layout.code_bytes() + 2 * layout.scale_count());
  }

  QuantisedLayout layout;
  std::vector<std::uint8_t> codes;
  std::vector<std::uint16_t> scales;
};

void print_prefill(std::int64_t rows, std::int64_t inputs, std::int64_t outputs) {
  const AnyMatrix int8({WeightFormat::kInt8, outputs, inputs});
  const AnyMatrix int4({WeightFormat::kInt4, outputs, inputs});
  const auto values = scattered_numbers(static_cast<std::size_t>(rows * inputs), 1);
  QuantisedRows quantised;
  std::vector<float> result(static_cast<std::size_t>(rows * outputs));
  BareByteProduct bare(rows, inputs, outputs);
  const auto seconds = median_seconds(
      {[&] { quantise_rows(values.data(), rows, inputs, inputs, quantised); },
       [&] { multiply(quantised, int8.matrix(), result); },
       [&] { multiply(quantised, int4.matrix(), result); }, [&] { bare.multiply(); }});
  const double operations = 2e-9 * static_cast<double>(rows * inputs * outputs);
  std::printf("%lld x %lld x %lld, GOP/s: int8 %4.0f, int4 %4.0f", static_cast<long long>(rows),
              static_cast<long long>(inputs), static_cast<long long>(outputs),
              operations / seconds[1], operations / seconds[2]);
  if (BareByteProduct::kIsThere) {
    std::printf(", oneDNN u8s8 %4.0f: ratios %.2f, %.2f", operations / seconds[3],
                seconds[3] / seconds[1], seconds[3] / seconds[2]);
  }
  std::printf("; rows quantised by one thread in %.1f %% of int8's time\n",
              100.0 * seconds[0] / seconds[1]);
}

// The compiler's vectors of the widest kind that the processor has.
[[gnu::target_clones("avx512f", "avx2", "default")]] std::uint64_t sum_of(
    const std::uint64_t* words, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += words[i];
  return sum;
}

void read_all(const std::vector<AnyMatrix>& matrices) {
  in_parts(threads, [&](std::int64_t first, std::int64_t) {
    volatile std::uint64_t sum = 0;
    for (const auto& matrix : matrices) {
      const auto read = [&](const void* data, std::size_t bytes) {
        const std::size_t share = bytes / 8 / static_cast<std::size_t>(threads);
        sum = sum + sum_of(static_cast<const std::uint64_t*>(data) +
                               share * static_cast<std::size_t>(first),
                           share);
      };
      read(matrix.codes.data(), matrix.codes.size());
      read(matrix.scales.data(), matrix.scales.size() * sizeof(std::uint16_t));
    }
  });
}

// More than caches hold: several matrices, one after the other.
void print_decoding(WeightFormat format) {
  constexpr std::int64_t kInputs = 4096;
  constexpr std::int64_t kOutputs = 11008;
  const std::vector<AnyMatrix> matrices(6, AnyMatrix({format, kOutputs, kInputs}));
  std::vector<float> result(4 * kOutputs);
  const auto product_of = [&](std::int64_t count) -> std::function<void()> {
    return [&, rows = scattered_rows(count, kInputs)] {
      // As the read: threads begin once, not for each matrix.
      in_parts(matrices[0].layout.panels(), [&](std::int64_t first, std::int64_t end) {
        for (const auto& matrix : matrices) {
          multiply_quantised_by(kernel, rows, matrix.matrix(), first, end, result.data(), kOutputs);
        }
      });
    };
  };
  const auto seconds =
      median_seconds({[&] { read_all(matrices); }, product_of(1), product_of(2), product_of(4)});
  const double gigabytes = 1e-9 * matrices[0].bytes() * static_cast<double>(matrices.size());
  std::printf(
      "%s, GB/s: plain read %4.1f; 1 row %4.1f (%.2f), 2 rows %4.1f (%.2f), 4 rows %4.1f (%.2f)\n",
      format == WeightFormat::kInt8 ? "int8" : "int4", gigabytes / seconds[0],
      gigabytes / seconds[1], seconds[0] / seconds[1], gigabytes / seconds[2],
      seconds[0] / seconds[2], gigabytes / seconds[3], seconds[0] / seconds[3]);
}

void print_quantising(WeightFormat format) {
  const QuantisedLayout layout = {format, 1024, 4096};
  const auto numbers = scattered_numbers(1024 * 4096, 2);
  AnyMatrix matrix(layout);
  const auto seconds =
      median_seconds({[&] { quantise(numbers, layout, matrix.codes, matrix.scales); }});
  std::printf("quantising to %s: %.2f thousand million weights a second and thread\n",
              format == WeightFormat::kInt8 ? "int8" : "int4", 1e-9 * 1024.0 * 4096.0 / seconds[0]);
}

// Of products with normal numbers, against float32's; with three channels of which two are a
// hundred and one is a thousand times as large, of what the others come to.
void print_errors(WeightFormat format, bool has_outliers) {
  constexpr std::int64_t kRows = 32;
  constexpr std::int64_t kInputs = 4096;
  constexpr std::int64_t kOutputs = 128;
  auto numbers = scattered_numbers(kOutputs * kInputs, 3);
  auto values = scattered_numbers(kRows * kInputs, 4);
  for (const auto& [channel, factor] : {std::pair{19, 100.0f}, {2001, 100.0f}, {2010, 1000.0f}}) {
    if (!has_outliers) break;
    for (std::int64_t row = 0; row < kRows; ++row) {
      values[static_cast<std::size_t>(row * kInputs + channel)] = factor;
    }
    for (std::int64_t output = 0; output < kOutputs; ++output) {
      numbers[static_cast<std::size_t>(output * kInputs + channel)] = 0.0f;
    }
  }
  const QuantisedWeights weights({format, kOutputs, kInputs}, numbers);
  QuantisedRows rows;
  quantise_rows(values.data(), kRows, kInputs, kInputs, rows);
  std::vector<float> result(kRows * kOutputs);
  multiply(rows, weights.matrix(), result);
  double error = 0.0;
  double square = 0.0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto row = values.begin() + static_cast<std::int64_t>(i) / kOutputs * kInputs;
    const auto weight = numbers.begin() + static_cast<std::int64_t>(i) % kOutputs * kInputs;
    const double exact = std::inner_product(row, row + kInputs, weight, 0.0);
    error += (result[i] - exact) * (result[i] - exact);
    square += exact * exact;
  }
  std::printf("%s%s: relative error of products %.4f, %zu steps for %d groups\n",
              format == WeightFormat::kInt8 ? "int8" : "int4",
              has_outliers ? " beside outliers" : "", std::sqrt(error / square),
              rows.step_groups.size(), static_cast<int>(kInputs / kGroupInputs));
}

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  dali::threads = argc > 1 ? std::max(std::atoi(argv[1]), 1) : dali::usable_processors();
  dali::kernel = argc > 2 ? argv[2] : std::string(dali::quantised_kernels().back());
  std::printf("%d threads, %s\n", dali::threads, dali::kernel.c_str());
  for (const auto format : dali::kFormats) {
    dali::print_errors(format, /*has_outliers=*/false);
    dali::print_errors(format, /*has_outliers=*/true);
    dali::print_quantising(format);
    dali::print_decoding(format);
  }
  dali::print_prefill(1150, 4096, 4096);
  dali::print_prefill(1150, 4096, 11008);
  dali::print_prefill(1150, 11008, 4096);
}
