// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// A matrix in memory that is someone else's: its number (row, column) lies row · row_step + column
// · column_step numbers behind the first. One of the steps is 1 and the other is not less than the
// count of numbers that it passes over, so that a transposed matrix is one whose steps have changed
// places.
struct MatrixInMemory {
  const void* numbers = nullptr;
  std::int64_t row_step = 0;
  std::int64_t column_step = 0;
};

enum class ProductType { kFloat32, kBFloat16 };

// left [rows, inner] · right [inner, columns] + bias -> result [rows, columns], which has no gaps.
// Every count is above 0, and all numbers are of one type; sums are float32's for either.
struct MatrixProduct {
  ProductType type = ProductType::kFloat32;
  std::int64_t rows = 0;
  std::int64_t inner = 0;
  std::int64_t columns = 0;
  MatrixInMemory left;
  MatrixInMemory right;
  const void* bias = nullptr;  // [columns], or null
  void* result = nullptr;
  // Of OpenMP, that the calling thread computes with (compute_with_threads() sets them): the work
  // is laid out for so many.
  int threads = 1;
};

// Whether oneDNN has a product of this type for this processor, as far as ONEDNN_MAX_CPU_ISA lets
// it use the processor: float32 everywhere, bfloat16 with AVX-512, as otherwise it would multiply
// number by number. False for both in a build without oneDNN.
bool onednn_multiplies(ProductType type);

// "oneDNN 2.6.3 at 231": the version of the library that is loaded, and a number for what it may
// use of the processor. "no oneDNN" in a build without it.
std::string onednn_version();

// By the library that LibTorch has loaded anyway. Its kernels are made for the processor when a
// shape is first asked for, and kept for the latest shapes; nothing of them depends on what a BLAS
// takes the processor for. Computes with as many threads as the calling thread has of OpenMP
// (compute_with_threads() sets them), and any number of threads may call it at once. The same
// shape, number of threads and numbers give the same result, bit by bit. Throws std::runtime_error
// where oneDNN fails.
void multiply_by_onednn(const MatrixProduct& product);

}  // namespace dali
