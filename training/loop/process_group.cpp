// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/process_group.h"

#include <ATen/Functions.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "model/base/one_line.h"
#include "model/captioner/computation.h"
#include "training/timing/step_clock.h"

#ifdef DALI_HAS_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#ifdef DALI_HAS_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace dali {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    throw std::runtime_error(fmt::format(
        "WORLD_SIZE is set but {} is not; torchrun sets RANK, WORLD_SIZE, MASTER_ADDR and "
        "MASTER_PORT",
        name));
  }
  return value;
}

int environment_number(const char* name) {
  const std::string text = environment(name);
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) {
    throw std::runtime_error(fmt::format("{} is '{}', not a whole number from 0", name, text));
  }
  return number;
}

#ifdef DALI_HAS_GLOO

// Until all have come: somebody may still be starting them by hand.
constexpr std::chrono::minutes kPatienceAtTheStart(10);

// In one line, without a backtrace.
std::string message_of(const std::exception& error) {
  const auto* from_torch = dynamic_cast<const c10::Error*>(&error);
  return first_line(from_torch != nullptr ? from_torch->what_without_backtrace() : error.what());
}

// LibTorch 2.4 and newer put a store's server on libuv if they are let, and without it refuse.
template <class Options>
void avoid_libuv(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

// Where the processes find one another. torchrun keeps such a store itself, a fresh part of it for
// every restart; without torchrun the first process does.
c10::intrusive_ptr<c10d::Store> open_store(const std::string& host, int port, int rank, int count) {
  const char* agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  const bool is_torchruns = agent != nullptr && std::string(agent) == "True";
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = rank == 0 && !is_torchruns;
  options.numWorkers = static_cast<std::size_t>(count);
  options.waitWorkers = !is_torchruns;
  options.timeout = kPatienceAtTheStart;
  avoid_libuv(options);
  c10::intrusive_ptr<c10d::Store> store = c10::make_intrusive<c10d::TCPStore>(host, options);
  if (!is_torchruns) return store;
  const char* restarts = std::getenv("TORCHELASTIC_RESTART_COUNT");
  return c10::make_intrusive<c10d::PrefixStore>(
      fmt::format("dali/attempt-{}", restarts != nullptr ? restarts : "0"), store);
}

#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif

// What GPUs talk over, or null where this build has no NCCL.
c10::intrusive_ptr<Backend> open_nccl([[maybe_unused]] const c10::intrusive_ptr<c10d::Store>& store,
                                      [[maybe_unused]] int rank, [[maybe_unused]] int count,
                                      [[maybe_unused]] std::chrono::milliseconds timeout) {
#ifdef DALI_HAS_NCCL
  // Lets wait() throw when another process has died. Otherwise it only queues the wait on the GPU,
  // which would never end.
  ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/0);
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(
      c10::make_intrusive<c10d::PrefixStore>("nccl", store), rank, count, options);
#else
  return {};
#endif
}

// Neighbours of one dtype and device, up to so many bytes: every journey takes a while, and a model
// has hundreds of small tensors.
constexpr std::size_t kMostBytesTogether = std::size_t{32} << 20;

std::vector<std::vector<at::Tensor>> travelling_together(const std::vector<at::Tensor>& tensors) {
  std::vector<std::vector<at::Tensor>> groups;
  std::size_t bytes = 0;  // of the last group
  for (const at::Tensor& tensor : tensors) {
    const bool is_alike = !groups.empty() && groups.back().back().dtype() == tensor.dtype() &&
                          groups.back().back().device() == tensor.device();
    if (!is_alike || bytes + tensor.nbytes() > kMostBytesTogether) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().push_back(tensor);
    bytes += tensor.nbytes();
  }
  return groups;
}

// All their numbers in a row; of one tensor, that tensor itself.
at::Tensor joined(const std::vector<at::Tensor>& group) {
  if (group.size() == 1) return group.front();
  std::vector<at::Tensor> rows;
  for (const at::Tensor& tensor : group) rows.push_back(tensor.view(-1));
  return at::cat(rows);
}

// The reverse of joined(), into the tensors.
void hand_out(const at::Tensor& together, const std::vector<at::Tensor>& group) {
  std::int64_t begin = 0;
  for (const at::Tensor& tensor : group) {
    tensor.copy_(together.narrow(0, begin, tensor.numel()).view_as(tensor));
    begin += tensor.numel();
  }
}

class TorchProcessGroup : public ProcessGroup {
 public:
  TorchProcessGroup(int rank, int count, at::Device device, double peer_timeout_s)
      : ProcessGroup(device), rank_(rank), count_(count) {
    const std::string host = environment("MASTER_ADDR");
    const int port = environment_number("MASTER_PORT");
    const std::chrono::milliseconds timeout(static_cast<std::int64_t>(peer_timeout_s * 1000));
    // Gloo writes to the sockets of processes that may have died. That is to be an error, which
    // says so, and not the silent end of this one.
    std::signal(SIGPIPE, SIG_IGN);
    try {
      const auto store = open_store(host, port, rank, count);
      auto options = c10d::ProcessGroupGloo::Options::create(timeout);
      options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, count, options);
      if (device.is_cuda()) nccl_ = open_nccl(store, rank, count, timeout);
    } catch (const std::exception& error) {
      throw std::runtime_error(fmt::format("process {} of {}: cannot join the others at {}:{}: {}",
                                           rank, count, host, port, message_of(error)));
    }
  }

  int rank() const override { return rank_; }
  int count() const override { return count_; }

  void add_up(std::vector<at::Tensor>& tensors) const override try {
    for (const auto& group : travelling_together(tensors)) {
      at::Tensor together = joined(group);
      add_up_one(together);
      if (group.size() > 1) hand_out(together, group);
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("process {} of {}: another process has died or hangs: {}",
                                         rank_, count_, message_of(error)));
  }

 private:
  void add_up_one(at::Tensor& tensor) const {
    if (nccl_ && tensor.is_cuda()) {
      std::vector<at::Tensor> one = {tensor};
      nccl_->allreduce(one)->wait();
      return;
    }
    std::vector<at::Tensor> one = {tensor.cpu()};
    gloo_->allreduce(one)->wait();
    if (!tensor.is_cpu()) tensor.copy_(one.front());
  }

  int rank_;
  int count_;
  c10::intrusive_ptr<Backend> gloo_;
  c10::intrusive_ptr<Backend> nccl_;  // null where tensors of a GPU go by way of the host
};

#endif

}  // namespace

at::Tensor ProcessGroup::rows_of_all(const at::Tensor& own) const {
  if (count() == 1) return own;
  const TimedPart exchange(StepPart::kExchange);
  const auto size = own.size(0);
  std::vector<at::Tensor> sizes = {at::zeros({count()}, at::kLong)};
  sizes.front()[rank()] = size;
  add_up(sizes);
  const auto ends = sizes.front().cumsum(0);
  const auto total = ends[-1].item<std::int64_t>();
  const auto first = ends[rank()].item<std::int64_t>() - size;

  // Everybody's rows in their places, and zeros in those of the others, add up to all rows.
  auto shape = own.sizes().vec();
  shape.front() = total;
  std::vector<at::Tensor> rows = {at::zeros(shape, at::kFloat)};
  rows.front().narrow(0, first, size).copy_(own.detach());
  add_up(rows);
  const auto all = rows.front().to(own.device());
  return at::cat({all.narrow(0, 0, first), own, all.narrow(0, first + size, total - first - size)});
}

at::Device own_device(const std::string& name) {
  const at::Device device = device_named(name);
  const char* number = std::getenv("LOCAL_RANK");
  const bool is_this_process_s =
      device.is_cuda() && !name.starts_with("cuda:") && number != nullptr;
  return is_this_process_s ? device_named(std::string("cuda:") + number) : device;
}

std::unique_ptr<ProcessGroup> join_process_group(double peer_timeout_s, at::Device device) {
  const int count = std::getenv("WORLD_SIZE") != nullptr ? environment_number("WORLD_SIZE") : 1;
  if (count <= 1) return std::make_unique<ProcessGroup>(device);
  const int rank = environment_number("RANK");
  if (rank >= count) {
    throw std::runtime_error(fmt::format("RANK is {}, but WORLD_SIZE is {}", rank, count));
  }
#ifdef DALI_HAS_GLOO
  return std::make_unique<TorchProcessGroup>(rank, count, device, peer_timeout_s);
#else
  static_cast<void>(peer_timeout_s);
  throw std::runtime_error(
      "WORLD_SIZE is set, but this build has no Gloo; Debian's libgloo-dev has");
#endif
}

}  // namespace dali
