// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/computation.h"

#include <torch/cuda.h>

#include <charconv>
#include <stdexcept>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

constexpr std::size_t kLargestInFloat32Bytes = std::size_t{4} << 30;

// "" and "0" -> 0, "12" -> 12; -1 for anything that is not a number of a device.
int device_number(std::string_view text) {
  if (text.empty()) return 0;
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_number && number >= 0 ? number : -1;
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

at::ScalarType dtype_named(const std::string& name, const TensorMap& tensors) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name != "auto") {
    throw std::invalid_argument("precision must be auto, float32 or bfloat16, not " +
                                in_quotes(name));
  }
  std::size_t elements = 0;
  for (const auto& [tensor_name, tensor] : tensors) {
    elements += static_cast<std::size_t>(tensor.numel());
  }
  return elements * sizeof(float) <= kLargestInFloat32Bytes ? at::kFloat : at::kBFloat16;
}

void wait_for(at::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

}  // namespace dali
