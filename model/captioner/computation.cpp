// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/computation.h"

#include <torch/cuda.h>

#include <charconv>
#include <stdexcept>

#include "model/base/in_quotes.h"
#include "model/captioner/arithmetic_choice.h"
#include "model/captioner/measured_rates.h"
#include "model/tensor/matrix_product.h"
#include "model/tensor/threads.h"
#include "model/weights/quantised_tensors.h"

namespace dali {
namespace {

// "" and "0" -> 0, "12" -> 12; -1 for anything that is not a number of a device.
int device_number(std::string_view text) {
  if (text.empty()) return 0;
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_number && number >= 0 ? number : -1;
}

// Integers count as the weights that they stand for: a byte of codes holds one, or two of int4.
std::size_t bytes_in_float32(const TensorMap& tensors) {
  std::size_t weights = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto format = format_of_codes(name, tensor.sizes());
    if (is_part_of_integers(name) && !format) continue;  // scales
    const std::size_t weights_each = format == WeightFormat::kInt4 ? 2 : 1;
    weights += weights_each * static_cast<std::size_t>(tensor.numel());
  }
  return weights * sizeof(float);
}

}  // namespace

at::Device device_named(const std::string& name) {
  const int cuda_devices =
      torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (name == "cpu" || (name == "auto" && cuda_devices == 0)) return at::kCPU;
  if (name == "auto") return at::Device(at::kCUDA, 0);
  const bool is_cuda = name == "cuda" || (name.starts_with("cuda:") && name.size() > 5);
  const int number =
      is_cuda ? device_number(std::string_view(name).substr(name == "cuda" ? 4 : 5)) : -1;
  if (number < 0) {
    throw std::invalid_argument("device must be auto, cpu, cuda or cuda:N, not " + in_quotes(name));
  }
  if (number >= cuda_devices) {
    throw std::invalid_argument("there is no device " + in_quotes(name) + "; LibTorch sees " +
                                std::to_string(cuda_devices) + " CUDA devices");
  }
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(number));
}

Precision precision_named(const std::string& name, const TensorMap& tensors, at::Device device) {
  if (name != "auto" && name != "float32" && name != "bfloat16") {
    throw std::invalid_argument("precision must be auto, float32 or bfloat16, not " +
                                in_quotes(name));
  }
  if (name == "float32") return {at::kFloat, "float32, as asked for"};
  const auto float32_bytes = bytes_in_float32(tensors);
  // Neither a GPU nor a small model is worth the measuring.
  const bool is_measured = device.is_cpu() && float32_bytes >= kSmallModelBytes;
  const KnownRates known = is_measured ? known_rates(thread_count(0)) : KnownRates();
  PrecisionChoice choice{LoadedPrecision::kBFloat16, "as asked for"};
  if (name == "auto") {
    choice = device.is_cpu() ? chosen_precision(float32_bytes, known.rates, known.origin)
                             : precision_by_size(float32_bytes);
  }
  if (choice.precision == LoadedPrecision::kFloat32) {
    return {at::kFloat, "float32, " + choice.reason};
  }
  Precision precision{at::kBFloat16, "bfloat16, " + choice.reason};
  if (is_measured) {
    set_bfloat16_arithmetic(is_faster_widened(known.rates, known.origin)
                                ? Bfloat16Arithmetic::kWidened
                                : Bfloat16Arithmetic::kOwn);
    precision.description += "; " + arithmetic_reason(known.rates, known.origin);
  }
  return precision;
}

void wait_for(at::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace dali
