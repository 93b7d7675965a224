// SPDX-License-Identifier: LGPL-2.1-or-later
// What it costs two processes to add up the gradients of the model that comes with the project:
// tensor by tensor, and as the group sends them, neighbours together. Exit status 1 when the latter
// is no faster.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "model/captioner/captioner.h"
#include "tests/support/least_time.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/two_processes.h"
#include "training/data/trained_model.h"
#include "training/loop/process_group.h"

namespace dali {
namespace {

constexpr double kPeerTimeoutSeconds = 60.0;
constexpr int kRepetitions = 20;

int benchmark_exchange(int rank) {
  const auto processes = join_process_group(kPeerTimeoutSeconds);
  const auto trained = load_trained_model(embedded_model_directory());
  std::vector<at::Tensor> gradients;
  double bytes = 0.0;
  for (const auto& parameter : trained.model->parameters()) {
    gradients.push_back(at::zeros_like(parameter.detach()).contiguous());
    bytes += static_cast<double>(gradients.back().nbytes());
  }
  const double one_by_one = seconds_of(
      [&] {
        for (const auto& gradient : gradients) {
          std::vector<at::Tensor> one = {gradient};
          processes->add_up(one);
        }
      },
      kRepetitions);
  const double together = seconds_of([&] { processes->add_up(gradients); }, kRepetitions);
  if (rank != 0) return EXIT_SUCCESS;
  std::printf("%zu tensors, %.1f MB, one by one  %8.1f ms\n", gradients.size(), bytes / 1e6,
              1e3 * one_by_one);
  std::printf("the same together              %8.1f ms   %.2f times as fast\n", 1e3 * together,
              one_by_one / together);
  std::fflush(stdout);  // the process ends without
  return together < one_by_one ? EXIT_SUCCESS : EXIT_FAILURE;
}

int benchmark_processes() {
  const TemporaryDirectory errors;
  const int port = free_port();
  const pid_t first = start_process(0, port, errors.path(), [] { return benchmark_exchange(0); });
  const pid_t second = start_process(1, port, errors.path(), [] { return benchmark_exchange(1); });
  const int status = exit_status(first);
  return exit_status(second) == 0 ? status : EXIT_FAILURE;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::benchmark_processes();
}
