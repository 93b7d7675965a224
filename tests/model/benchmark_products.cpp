// SPDX-License-Identifier: LGPL-2.1-or-later
// What products with weights cost beside LibTorch's own, and what of the memory's speed one row
// times a weight has. Ratios of one run, medians of interleaved repetitions: absolute times say
// more about the machine and its other users.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rand.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "model/tensor/matrix_product.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

constexpr int kRepetitions = 5;
// OpenBLAS's threads turn in a loop for so long after their work, on processors that the next one
// needs.
constexpr std::chrono::milliseconds kUntilBlasSleeps(60);

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> numbers) {
  std::nth_element(numbers.begin(), numbers.begin() + kRepetitions / 2, numbers.end());
  return numbers[kRepetitions / 2];
}

// The median seconds of each, after one call of each that does not count.
std::vector<double> medians(const std::vector<std::function<void()>>& runs) {
  std::vector<std::vector<double>> seconds(runs.size());
  for (const auto& run : runs) run();
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      std::this_thread::sleep_for(kUntilBlasSleeps);
      seconds[i].push_back(seconds_of(runs[i]));
    }
  }
  std::vector<double> result;
  for (const auto& of_run : seconds) result.push_back(median(of_run));
  return result;
}

struct Shape {
  const char* name;
  int64_t rows, inputs, outputs;
};

const Shape kShapes[] = {
    {"7B, attention", 1150, 4096, 4096}, {"7B, up", 1150, 4096, 11008},
    {"7B, down", 1150, 11008, 4096},     {"CLIP, attention", 577, 1024, 1024},
    {"CLIP, up", 577, 1024, 4096},       {"CLIP, down", 577, 4096, 1024},
    {"sound, up", 512, 768, 3072},       {"sound, down", 512, 3072, 768},
};

struct Matrices {
  at::Tensor rows, weight, bias;
};

Matrices matrices(const Shape& shape, at::ScalarType dtype) {
  const auto options = at::TensorOptions().dtype(dtype);
  return {at::rand({shape.rows, shape.inputs}, options),
          at::rand({shape.outputs, shape.inputs}, options), at::rand({shape.outputs}, options)};
}

void print_inference(const Shape& shape) {
  const at::NoGradGuard no_gradients;
  const auto exact = matrices(shape, at::kFloat);
  const auto narrow = matrices(shape, at::kBFloat16);
  const auto ours = [](const Matrices& of) { product_with_weight(of.rows, of.weight, of.bias); };
  const auto seconds = medians({
      [&] { at::linear(exact.rows, exact.weight, exact.bias); },
      [&] { ours(exact); },
      [&] { at::linear(narrow.rows, narrow.weight, narrow.bias); },
      [&] { ours(narrow); },
      [&] {
        set_bfloat16_arithmetic(Bfloat16Arithmetic::kWidened);
        ours(narrow);
        set_bfloat16_arithmetic(Bfloat16Arithmetic::kOwn);
      },
  });
  const double flop = 2e-9 * static_cast<double>(shape.rows * shape.inputs * shape.outputs);
  std::printf("%-16s %4lld x %5lld x %5lld %8.2f %5.0f %8.2f %5.0f %8.0f\n", shape.name,
              static_cast<long long>(shape.rows), static_cast<long long>(shape.inputs),
              static_cast<long long>(shape.outputs), seconds[0] / seconds[1], flop / seconds[1],
              seconds[2] / seconds[3], flop / seconds[3], flop / seconds[4]);
}

// Forward and both gradients.
void print_training(const Shape& shape, at::ScalarType dtype) {
  const auto step = [&](const std::function<at::Tensor(const Matrices&)>& product) {
    auto of = matrices(shape, dtype);
    for (auto* tensor : {&of.rows, &of.weight, &of.bias}) tensor->set_requires_grad(true);
    const auto gradient =
        at::rand({shape.rows, shape.outputs}, of.rows.options().requires_grad(false));
    return [of, gradient, product] { product(of).backward(gradient); };
  };
  const auto seconds = medians({
      step([](const Matrices& of) { return at::linear(of.rows, of.weight, of.bias); }),
      step([](const Matrices& of) { return product_with_weight(of.rows, of.weight, of.bias); }),
  });
  const double flop = 6e-9 * static_cast<double>(shape.rows * shape.inputs * shape.outputs);
  std::printf("%-16s %4lld x %5lld x %5lld %8.2f %5.0f  %s\n", shape.name,
              static_cast<long long>(shape.rows), static_cast<long long>(shape.inputs),
              static_cast<long long>(shape.outputs), seconds[0] / seconds[1], flop / seconds[1],
              c10::toString(dtype));
}

// Every byte of it once, by all threads.
void read_memory(const at::Tensor& tensor) {
  using Vector [[gnu::vector_size(32)]] = std::uint64_t;
  constexpr int64_t kBytesAtOnce = 8 * sizeof(Vector);
  static std::atomic<std::uint64_t> sum;
  const auto* const bytes = static_cast<const char*>(tensor.data_ptr());
  const auto blocks = static_cast<int64_t>(tensor.nbytes()) / kBytesAtOnce;
  in_parts(blocks, 1, [&](int64_t first, int64_t end) {
    Vector sums[8] = {};
    for (auto block = first; block < end; ++block) {
      const char* const from = bytes + block * kBytesAtOnce;
      __builtin_prefetch(from + 2048);
      __builtin_prefetch(from + 2048 + 64);
      __builtin_prefetch(from + 2048 + 128);
      __builtin_prefetch(from + 2048 + 192);
      for (int vector = 0; vector < 8; ++vector) {
        Vector read;
        std::memcpy(&read, from + vector * sizeof read, sizeof read);
        sums[vector] += read;
      }
    }
    Vector all = {};
    for (const auto& of_lane : sums) all += of_lane;
    sum += all[0] + all[1] + all[2] + all[3];
  });
}

void print_rows(at::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  // Larger than any cache.
  const Shape shape{"", 8, 4096, dtype == at::kFloat ? 22016 : 44032};
  const auto of = matrices(shape, dtype);
  const double bytes = 1e-9 * static_cast<double>(of.weight.nbytes());
  std::vector<std::function<void()>> runs = {
      [&] { read_memory(of.weight); },
      [&] { at::linear(of.rows.narrow(0, 0, 1), of.weight); },
  };
  for (int64_t count = 1; count <= shape.rows; ++count) {
    runs.push_back([&, count] { product_with_weight(of.rows.narrow(0, 0, count), of.weight, {}); });
  }
  const auto seconds = medians(runs);
  std::printf("%-8s  read %5.1f GB/s; at::linear %4.2f of it, ours of 1 ... 8 rows",
              c10::toString(dtype), bytes / seconds[0], seconds[0] / seconds[1]);
  for (std::size_t i = 2; i < seconds.size(); ++i) std::printf(" %4.2f", seconds[0] / seconds[i]);
  std::printf("\n");
}

std::string load_average() {
  std::string load;
  std::getline(std::ifstream("/proc/loadavg"), load);
  return load;
}

void print_all() {
  std::printf("%d threads, load %s\n\n", at::get_num_threads(), load_average().c_str());
  std::printf("one row times a weight, as shares of a plain read of it\n");
  for (const auto dtype : {at::kFloat, at::kBFloat16}) print_rows(dtype);
  std::printf("\n%-38s %14s %14s\n%-38s %8s %5s %8s %5s %8s\n", "rows times a weight and a bias",
              "float32", "bfloat16", "", "ratio", "GF/s", "ratio", "GF/s", "widened");
  for (const Shape& shape : kShapes) print_inference(shape);
  std::printf("\n%-38s %8s %5s\n", "the same with both gradients", "ratio", "GF/s");
  for (const Shape& shape : kShapes) {
    if (shape.rows > 1000) continue;
    for (const auto dtype : {at::kFloat, at::kBFloat16}) print_training(shape, dtype);
  }
  std::printf(
      "\nratio: the time of LibTorch's own product / ours; OPENBLAS_CORETYPE decides on the "
      "former\n");
}

}  // namespace
}  // namespace dali

int main() {
  dali::compute_with_threads(0);
  dali::print_all();
}
