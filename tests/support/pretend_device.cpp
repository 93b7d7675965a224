// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/support/pretend_device.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <atomic>
#include <vector>

namespace dali {
namespace {

std::atomic<int> transfers_to_device = 0;
std::atomic<int> transfers_to_host = 0;

// The same memory as a tensor of the other side. The result keeps the original alive.
at::Tensor same_memory_on(at::Device device, const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  return at::from_blob(
      tensor.data_ptr(), tensor.sizes(), tensor.strides(), [tensor](void*) {},
      at::TensorOptions().dtype(tensor.scalar_type()).device(device), device);
}

at::Tensor on_host(const at::Tensor& tensor) {
  return same_memory_on(at::kCPU, tensor);
}

at::Tensor on_device(const at::Tensor& tensor) {
  return same_memory_on(at::Device(kPretendDevice, 0), tensor);
}

bool is_on_device(const at::Tensor& tensor) {
  return tensor.device().type() == kPretendDevice;
}

at::Tensor operand_on_host(const at::Tensor& operand, const std::string& name) {
  if (!operand.defined()) return operand;
  // A number in an expression is a tensor of the CPU for LibTorch; every device takes it along.
  const bool is_number = operand.dim() == 0;
  TORCH_CHECK(is_on_device(operand) || is_number, name, " got a tensor of the host, ",
              operand.sizes(), ", among the device's");
  if (!is_on_device(operand)) return operand;
  // What is empty may be there to be resized, which borrowed memory cannot be.
  return operand.numel() == 0 ? at::empty(operand.sizes(), operand.scalar_type())
                              : on_host(operand);
}

// `written`, on the device, becomes `result`, which the host may have resized.
void adopt(const at::Tensor& written, const at::Tensor& result) {
  if (written.sizes() == result.sizes()) return;
  const at::Tensor adopted = on_device(result);
  written.unsafeGetTensorImpl()->set_storage_keep_dtype(adopted.storage());
  written.unsafeGetTensorImpl()->set_sizes_and_strides(adopted.sizes(), adopted.strides());
}

c10::IValue value_on_host(const c10::IValue& value, const std::string& name) {
  if (value.isTensor()) return operand_on_host(value.toTensor(), name);
  if (value.isTensorList()) {
    std::vector<at::Tensor> tensors;
    for (const at::Tensor& tensor : value.toTensorVector()) {
      tensors.push_back(operand_on_host(tensor, name));
    }
    return tensors;
  }
  return value;
}

// The argument that a result is, for operators that write into one.
std::size_t written_argument(const c10::FunctionSchema& schema, const c10::AliasInfo& alias) {
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const c10::AliasInfo* of_argument = schema.arguments()[i].alias_info();
    if (of_argument != nullptr && of_argument->beforeSets() == alias.beforeSets()) return i;
  }
  TORCH_CHECK(false, schema.name(), " writes into none of its arguments");
}

// Any operator that has no kernel below: the CPU's, on the same memory.
void compute_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const auto begin = stack->end() - static_cast<std::ptrdiff_t>(schema.arguments().size());
  const std::vector<c10::IValue> arguments(begin, stack->end());
  for (auto value = begin; value != stack->end(); ++value) {
    *value = value_on_host(*value, schema.name());
  }
  // Kept: what LibTorch 1.13 puts on the stack for two written arguments refers to the ones it has
  // just taken from there.
  const std::vector<c10::IValue> host_arguments(begin, stack->end());
  op.callBoxed(stack);

  const auto first_result = stack->size() - schema.returns().size();
  for (std::size_t i = 0; i < schema.returns().size(); ++i) {
    c10::IValue& result = (*stack)[first_result + i];
    TORCH_CHECK(!result.isTensorList(), schema.name(), " returns tensors in a list");
    if (!result.isTensor()) {  // a number, which the host waits for
      ++transfers_to_host;
      continue;
    }
    const c10::AliasInfo* alias = schema.returns()[i].alias_info();
    if (alias == nullptr) {
      result = on_device(result.toTensor());
      continue;
    }
    TORCH_CHECK(alias->isWrite(), schema.name(), " makes a view, which needs a kernel of its own");
    const std::size_t index = written_argument(schema, *alias);
    const at::Tensor written = arguments[index].toTensor();
    adopt(written, host_arguments[index].toTensor());
    result = written;
  }
}

at::Tensor empty(at::IntArrayRef shape, c10::optional<at::ScalarType> dtype,
                 c10::optional<at::Layout>, c10::optional<at::Device>, c10::optional<bool>,
                 c10::optional<at::MemoryFormat>) {
  return on_device(at::empty(shape, dtype.value_or(at::kFloat)));
}

at::Tensor empty_strided(at::IntArrayRef shape, at::IntArrayRef strides,
                         c10::optional<at::ScalarType> dtype, c10::optional<at::Layout>,
                         c10::optional<at::Device>, c10::optional<bool>) {
  return on_device(at::empty_strided(shape, strides, dtype.value_or(at::kFloat)));
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  transfers_to_device += is_on_device(from) ? 0 : 1;
  transfers_to_host += is_on_device(to) ? 0 : 1;
  on_host(to).copy_(on_host(from));
  return to;
}

at::Scalar local_scalar(const at::Tensor& tensor) {
  ++transfers_to_host;
  return at::_local_scalar_dense(on_host(tensor));
}

}  // namespace

Transfers transfers() {
  return {.to_device = transfers_to_device, .to_host = transfers_to_host};
}

TORCH_LIBRARY_IMPL(_, DALI_PRETEND_DEVICE, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute_on_host>());
}

TORCH_LIBRARY_IMPL(aten, DALI_PRETEND_DEVICE, library) {
  library.impl("empty.memory_format", TORCH_FN(empty));
  library.impl("empty_strided", TORCH_FN(empty_strided));
  library.impl("_copy_from", TORCH_FN(copy_from));
  library.impl("_local_scalar_dense", TORCH_FN(local_scalar));
  // Views of the same memory, which do not look at the device.
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
}

C10_REGISTER_GUARD_IMPL(DALI_PRETEND_DEVICE, c10::impl::NoOpDeviceGuardImpl<kPretendDevice>);

}  // namespace dali
