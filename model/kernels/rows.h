// SPDX-License-Identifier: LGPL-2.1-or-later
// What a layer does to rows of numbers between its products. On the calling thread, by the best
// vectors that this processor has; whoever has more threads divides the rows between them.
#pragma once

#include <cstdint>

namespace dali {

// float32 or bfloat16 somewhere, borrowed.
struct Numbers {
  const void* data = nullptr;
  bool is_bfloat16 = false;
};

// result = row / √(mean of row² + epsilon) · weight; all [width], result may be the row.
void rms_norm(const float* row, Numbers weight, std::int64_t width, float epsilon, float* result);

// gate = gate · sigmoid(gate) · factor
void silu_product(float* gate, const float* factor, std::int64_t count);

// numbers = x · Φ(x): the exact GELU, within 1e-7·|x|.
void gelu(void* numbers, bool is_bfloat16, std::int64_t count);

// numbers = x · sigmoid(1.702 x)
void quick_gelu(void* numbers, bool is_bfloat16, std::int64_t count);

// Turns one head, [width], in place: channel i together with channel i + width/2. cosines and
// signed_sines [width], as RotaryAngles has them.
void rotate(float* head, const float* cosines, const float* signed_sines, std::int64_t width);

// sums += numbers
void add(float* sums, Numbers numbers, std::int64_t count);

// To the nearest, of two to the even one.
void to_bfloat16(const float* numbers, std::int64_t count, void* result);
void to_float32(const void* bfloat16, std::int64_t count, float* result);

}  // namespace dali
