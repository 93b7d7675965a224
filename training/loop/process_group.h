// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

namespace dali {

// The processes that train one model together, of which this is one: each computes its share of
// every batch on a device of its own. As it stands it is a process alone. One thread at a time, and
// every process makes the same calls in the same order.
class ProcessGroup {
 public:
  ProcessGroup() = default;
  explicit ProcessGroup(at::Device device) : device_(device) {}
  virtual ~ProcessGroup() = default;

  virtual int rank() const { return 0; }  // of this process, from 0; the first one writes files
  virtual int count() const { return 1; }
  at::Device device() const { return device_; }  // where this process computes

  // Replaces each tensor (contiguous, of the same shape and dtype in every process, on the CPU or
  // on device()) by its sum over all processes, the same bits everywhere. Throws std::runtime_error
  // in one line when another process has died or does not answer.
  virtual void add_up(std::vector<at::Tensor>& /*tensors*/) const {}

  // The rows of all processes in the order of their ranks, on the device of `own`: float32 [rows,
  // ...], which may have none, and as many as it likes. Gradients reach `own` alone. The time it
  // takes is of StepPart::kExchange. Throws as add_up() does.
  at::Tensor rows_of_all(const at::Tensor& own) const;

 private:
  at::Device device_ = at::kCPU;
};

// The device that "auto", "cpu", "cuda" or "cuda:N" means in this one of several processes: without
// a number, and where there are GPUs, that of torchrun's LOCAL_RANK. Throws as device_named() does.
at::Device own_device(const std::string& name);

// The same for --help.
inline constexpr const char* kDeviceHelp =
    "auto, cpu, cuda or cuda:N. auto and cuda take the GPU of this process's number where several "
    "share a machine (LOCAL_RANK), else the first; auto the CPU where there is none";

// The group that torchrun's environment variables describe (RANK, WORLD_SIZE, MASTER_ADDR and
// MASTER_PORT), once all of them have joined; a process alone where WORLD_SIZE is not set or 1.
// Processes talk over Gloo, and about tensors on GPUs over NCCL where the build has it. One that
// does not answer for `peer_timeout_s` is given up. Throws std::runtime_error in one line naming
// the variable that is missing or wrong.
std::unique_ptr<ProcessGroup> join_process_group(double peer_timeout_s,
                                                 at::Device device = at::kCPU);

}  // namespace dali
