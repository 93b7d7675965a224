// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/augmentation.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include "model/base/mixed_bits.h"

namespace dali {

at::Generator generator_of_clip(std::uint64_t seed, int epoch, std::int64_t clip) {
  const auto epoch_and_clip =
      static_cast<std::uint64_t>(epoch) << 40 ^ static_cast<std::uint64_t>(clip);
  return at::detail::createCPUGenerator(mixed_bits(seed ^ mixed_bits(epoch_and_clip)));
}

torch::Tensor augmented(const torch::Tensor& spectrogram, at::Generator& generator) {
  const auto frames = spectrogram.size(0);
  const auto strength = at::rand({1}, generator) / 10;
  const auto noisy = spectrogram + at::rand(spectrogram.sizes(), generator) * strength;
  const auto shift = at::randint(-frames, frames, {1}, generator).item<std::int64_t>();
  return noisy.roll({shift}, {0});
}

}  // namespace dali
