// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/measured_rates.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "model/base/processors.h"
#include "model/captioner/kept_rates.h"
#include "model/tensor/matrix_product.h"
#include "model/tensor/onednn_product.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

// A tower's product: rows enough that arithmetic is what takes the time.
constexpr int64_t kRows = 256;
constexpr int64_t kWidth = 1024;
// The fastest counts: others on the machine only ever make one slower. Undisturbed it was when the
// two fastest are alike; on a machine that is too busy for that nothing is worth keeping.
constexpr int kLeastRepetitions = 5;
constexpr int kMostRepetitions = 12;
constexpr double kAlike = 1.1;

struct Timed {
  std::function<void()> run;
  double least_seconds = 1e9;
  double second_seconds = 1e9;

  void repeat() {
    const auto begin = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    second_seconds = std::min(second_seconds, std::max(least_seconds, took.count()));
    least_seconds = std::min(least_seconds, took.count());
  }
  bool is_steady() const { return second_seconds <= kAlike * least_seconds; }
  double rate() const {
    return 2e-9 * static_cast<double>(kRows * kWidth * kWidth) / least_seconds;
  }
};

struct MeasuredRates {
  ProductRates rates;
  bool are_steady = false;
};

MeasuredRates measured_rates(int threads) {
  const at::NoGradGuard no_gradients;
  compute_with_threads(threads);
  const auto rows = at::full({kRows, kWidth}, 0.5);
  const auto weight = at::full({kWidth, kWidth}, 0.25);
  const auto narrow_rows = rows.to(at::kBFloat16), narrow_weight = weight.to(at::kBFloat16);
  const auto narrow = [&](Bfloat16Arithmetic arithmetic) {
    return Timed{
        [&, arithmetic] { product_by_arithmetic(narrow_rows, narrow_weight, {}, arithmetic); }};
  };
  Timed float32{[&] { product_with_weight(rows, weight, {}); }};
  Timed own = narrow(Bfloat16Arithmetic::kOwn);
  Timed widened = narrow(Bfloat16Arithmetic::kWidened);
  const bool has_own = can_choose_bfloat16_arithmetic();
  const auto are_steady = [&] {
    return float32.is_steady() && widened.is_steady() && (!has_own || own.is_steady());
  };
  for (int repetition = 0;
       repetition < kLeastRepetitions || (repetition < kMostRepetitions && !are_steady());
       ++repetition) {
    float32.repeat();
    widened.repeat();
    if (has_own) own.repeat();
  }
  return {.rates = {.float32 = float32.rate(),
                    .bfloat16 = has_own ? own.rate() : 0.0,
                    .widened = widened.rate()},
          .are_steady = are_steady()};
}

// In a thread of its own: how many threads the caller computes with is none of our business.
MeasuredRates measured_apart(int threads) {
  MeasuredRates rates;
  std::thread([&] { rates = measured_rates(threads); }).join();
  return rates;
}

std::string machine_name(int threads) {
  return processor_model() + "; LibTorch " TORCH_VERSION "; " + onednn_version() + "; " +
         std::to_string(threads) + " threads";
}

KnownRates learned_rates(int threads) {
  const auto machine = machine_name(threads);
  const auto file = rates_file();
  if (const auto kept = kept_rates(file, machine)) return {*kept, RatesOrigin::kKept};
  const auto measured = measured_apart(threads);
  const bool is_kept = measured.are_steady && keep_rates(file, machine, measured.rates);
  return {measured.rates, is_kept ? RatesOrigin::kKept : RatesOrigin::kMeasuredEachTime};
}

}  // namespace

KnownRates known_rates(int threads) {
  static std::mutex mutex;
  static std::map<int, KnownRates> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(threads);
  return found != known.end() ? found->second
                              : known.emplace(threads, learned_rates(threads)).first->second;
}

}  // namespace dali
