// SPDX-License-Identifier: LGPL-2.1-or-later
// solve-transport FILE ROWS COLUMNS: the side of compare_transport.py that is ours. FILE holds the
// two weights and the cost, all double, one behind the other. For every line of its standard input
// it solves the problem once, as training does, and prints the milliseconds that this took and the
// cost.
#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "model/tensor/threads.h"
#include "tests/support/least_time.h"
#include "training/losses/optimal_transport.h"

int main(int argc, char** argv) {
  if (argc != 4) return EXIT_FAILURE;
  const c10::InferenceMode no_gradients;
  const long rows = std::strtol(argv[2], nullptr, 10);
  const long columns = std::strtol(argv[3], nullptr, 10);
  std::vector<double> numbers(static_cast<std::size_t>(rows + columns + rows * columns));
  std::ifstream file(argv[1], std::ios::binary);
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(double)));
  if (!file) return EXIT_FAILURE;
  const auto row_weights = at::from_blob(numbers.data(), {1, rows}, at::kDouble);
  const auto column_weights = at::from_blob(numbers.data() + rows, {1, columns}, at::kDouble);
  const auto cost = at::from_blob(numbers.data() + rows + columns, {1, rows, columns}, at::kDouble);
  dali::compute_with_threads(1);
  for (std::string line; std::getline(std::cin, line);) {
    at::Tensor found;
    const double seconds = dali::seconds_of(
        [&] { found = dali::transport_cost(row_weights, column_weights, cost); }, 1);
    std::printf("%.6f %.17g\n", 1e3 * seconds, found.item<double>());
    std::fflush(stdout);
  }
}
