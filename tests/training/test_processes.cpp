// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <signal.h>
#include <sys/socket.h>
#include <torch/types.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/two_processes.h"
#include "training/loop/checkpoint.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"

namespace dali {
namespace {

// Fits a matrix to points by formula. Examples weigh differently, as captions of different lengths
// do, and `before_step` may do what it likes.
class MatrixStage : public Stage {
 public:
  explicit MatrixStage(std::function<void(std::int64_t step)> before_step = [](std::int64_t) {})
      : before_step_(std::move(before_step)) {}

  std::vector<ParameterGroup> parameter_groups() override {
    matrix_.set_requires_grad(true);
    return {{.name = "all", .parameters = {{"matrix", matrix_}}, .adam = {.learning_rate = 0.02}}};
  }
  std::int64_t example_count() const override { return 24; }
  void begin_step(std::int64_t step) override { before_step_(step); }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override {
    torch::Tensor loss = at::zeros({});
    double weight = 0.0;
    for (const auto example : examples) {
      const auto words = static_cast<double>(example % 3 + 1);
      const auto point = formula_tensor({6}, 1.0, static_cast<double>(example));
      loss = loss + (at::mv(matrix_, point) - point.roll(1)).square().sum() * words;
      weight += words;
    }
    loss.backward();
    return {.weight = weight, .means = {{"loss", loss.item<double>() / weight}}};
  }

 private:
  torch::Tensor matrix_ = formula_tensor({6, 6}, 0.5);
  std::function<void(std::int64_t step)> before_step_;
};

const LoopConfig kConfig = {.epochs = 10, .batch_size = 8, .peer_timeout_s = 3.0};

torch::Tensor trained_matrix(const std::filesystem::path& out) {
  return CheckpointFolder(checkpoint_folder(out), 1).newest()->weights.at("matrix").clone();
}

// Process `rank` of two that train a MatrixStage.
pid_t start_training(int rank, int port, const std::filesystem::path& out,
                     const std::function<void(std::int64_t step)>& before_step) {
  return start_process(rank, port, out, [&] {
    const auto processes = prepare_training(kConfig);
    MatrixStage stage(before_step);
    const bool writes_model = train(stage, kConfig, out, *processes);
    return writes_model == (rank == 0) ? 0 : 3;
  });
}

std::string error_of(int rank, const std::filesystem::path& out) {
  std::ostringstream text;
  text << std::ifstream(out / ("error-" + std::to_string(rank))).rdbuf();
  return text.str();
}

// The sums of two halves are not the sum of the whole bit by bit, hence rounding over 30 steps.
START_TEST(two_processes_train_what_one_does) {
  const TemporaryDirectory together;
  const int port = free_port();
  const pid_t first = start_training(0, port, together.path(), [](std::int64_t) {});
  const pid_t second = start_training(1, port, together.path(), [](std::int64_t) {});
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);

  const TemporaryDirectory alone;
  prepare_training(kConfig);
  MatrixStage stage;
  ck_assert(train(stage, kConfig, alone.path()));
  const double difference =
      greatest_difference(trained_matrix(together.path()), trained_matrix(alone.path()));
  ck_assert_msg(difference < 2e-6, "matrices differ by %g", difference);
  const double moved =
      greatest_difference(trained_matrix(alone.path()), formula_tensor({6, 6}, 0.5));
  ck_assert_double_gt(moved, 0.1);
}
END_TEST

// Rows 10·rank, 10·rank + 1 ...
torch::Tensor rows_of(int rank, std::int64_t count) {
  return (at::arange(count, at::kFloat) + 10.0 * rank).unsqueeze(1).repeat({1, 3});
}

START_TEST(rows_of_all_processes_come_in_the_order_of_their_ranks) {
  const std::int64_t counts[][2] = {{2, 2}, {1, 3}, {0, 2}, {2, 0}, {0, 0}};
  const TemporaryDirectory out;
  const int port = free_port();
  const auto check_rows = [&](int rank) {
    const auto processes = prepare_training(kConfig);
    for (const auto& [first, second] : counts) {
      auto own = rows_of(rank, rank == 0 ? first : second).set_requires_grad(true);
      const auto all = processes->rows_of_all(own);
      if (!all.equal(at::cat({rows_of(0, first), rows_of(1, second)}))) return 3;
      // Every row weighs otherwise, so that a gradient that reaches the wrong one is seen.
      const auto weights = at::arange(1, first + second + 1, at::kFloat).unsqueeze(1);
      (all * weights).sum().backward();
      const auto own_weights =
          rank == 0 ? weights.narrow(0, 0, first) : weights.narrow(0, first, second);
      if (!own.grad().equal(own_weights.expand_as(own))) return 4;
    }
    return 0;
  };
  const pid_t processes[] = {
      start_process(0, port, out.path(), [&] { return check_rows(0); }),
      start_process(1, port, out.path(), [&] { return check_rows(1); }),
  };
  for (const pid_t process : processes) ck_assert_int_eq(exit_status(process), 0);

  const auto alone = rows_of(0, 2);
  ck_assert(ProcessGroup().rows_of_all(alone).is_same(alone));
}
END_TEST

// What process `rank` has of tensor `number`: of several types, shapes and sizes, none among them,
// of which some travel together and one fills more than a journey.
torch::Tensor number_of(int rank, int number) {
  const std::vector<std::int64_t> shapes[] = {{3}, {2, 5}, {0}, {1}, {9'000'000}, {4, 1}, {7}, {2}};
  const at::ScalarType types[] = {at::kFloat, at::kFloat, at::kFloat,  at::kLong,
                                  at::kFloat, at::kFloat, at::kDouble, at::kDouble};
  const auto count = at::zeros(shapes[number]).numel();
  return at::arange(count, types[number]).mul_(rank + 1).add_(number).view(shapes[number]);
}

START_TEST(tensors_of_all_kinds_add_up) {
  const TemporaryDirectory out;
  const int port = free_port();
  const auto check_sums = [&](int rank) {
    const auto processes = prepare_training(kConfig);
    std::vector<torch::Tensor> tensors;
    for (int number = 0; number < 8; ++number) tensors.push_back(number_of(rank, number));
    const auto before = tensors;
    processes->add_up(tensors);
    for (int number = 0; number < 8; ++number) {
      const auto expected = number_of(0, number) + number_of(1, number);
      if (!tensors[number].equal(expected) || !tensors[number].is_same(before[number])) {
        return 10 + number;
      }
    }
    return 0;
  };
  const pid_t first = start_process(0, port, out.path(), [&] { return check_sums(0); });
  const pid_t second = start_process(1, port, out.path(), [&] { return check_sums(1); });
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);
}
END_TEST

// How a process that is lost shows to one that is writing to it.
START_TEST(a_connection_that_breaks_is_an_error_and_no_signal) {
  const TemporaryDirectory out;
  const int port = free_port();
  const auto write_to_nobody = [](int) {
    const auto processes = prepare_training(kConfig);
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 2;
    close(ends[1]);
    const bool is_refused = write(ends[0], "x", 1) < 0 && errno == EPIPE;
    close(ends[0]);
    return is_refused ? 0 : 3;
  };
  const pid_t first = start_process(0, port, out.path(), [&] { return write_to_nobody(0); });
  const pid_t second = start_process(1, port, out.path(), [&] { return write_to_nobody(1); });
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);
}
END_TEST

enum class Fate { kKilled, kHangs };

START_TEST(a_process_that_is_lost_ends_the_other) {
  const Fate fates[] = {Fate::kKilled, Fate::kHangs};
  const Fate fate = fates[_i];
  const TemporaryDirectory out;
  const int port = free_port();
  const auto begin = std::chrono::steady_clock::now();
  const pid_t survivor = start_training(0, port, out.path(), [](std::int64_t) {});
  const pid_t lost = start_training(1, port, out.path(), [fate](std::int64_t step) {
    if (step == 4) raise(fate == Fate::kKilled ? SIGKILL : SIGSTOP);
  });
  ck_assert_int_eq(exit_status(survivor), 1);
  const auto took = std::chrono::steady_clock::now() - begin;
  kill(lost, SIGKILL);
  exit_status(lost);
  expect_one_line_with(error_of(0, out.path()),
                       "process 0 of 2: another process has died or hangs");
  ck_assert(took < std::chrono::seconds(60));
}
END_TEST

START_TEST(an_environment_that_is_not_torchruns_is_refused) {
  setenv("WORLD_SIZE", "2", 1);
  unsetenv("RANK");
  expect_one_line_with(error_message_of<std::runtime_error>([] { join_process_group(1.0); }),
                       "RANK is not");
  setenv("RANK", "2", 1);
  expect_one_line_with(error_message_of<std::runtime_error>([] { join_process_group(1.0); }),
                       "RANK is 2, but WORLD_SIZE is 2");
  setenv("RANK", "one", 1);
  expect_one_line_with(error_message_of<std::runtime_error>([] { join_process_group(1.0); }),
                       "RANK is 'one'");
}
END_TEST

Suite* processes_suite() {
  Suite* suite = suite_create("processes");
  TCase* processes = tcase_create("processes");
  tcase_add_test(processes, two_processes_train_what_one_does);
  tcase_add_test(processes, rows_of_all_processes_come_in_the_order_of_their_ranks);
  tcase_add_test(processes, tensors_of_all_kinds_add_up);
  tcase_add_test(processes, a_connection_that_breaks_is_an_error_and_no_signal);
  tcase_add_loop_test(processes, a_process_that_is_lost_ends_the_other, 0, 2);
  tcase_add_test(processes, an_environment_that_is_not_torchruns_is_refused);
  suite_add_tcase(suite, processes);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::processes_suite());
}
