// SPDX-License-Identifier: LGPL-2.1-or-later
// What a model is loaded in and multiplied by: from rates that the tests make up, and how measured
// rates are kept.
#include "model/captioner/arithmetic_choice.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "model/captioner/kept_rates.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTower = std::size_t{1} << 30;

const ProductRates kZen5{.float32 = 327, .bfloat16 = 571, .widened = 290};
const ProductRates kEmeraldRapids{.float32 = 257, .bfloat16 = 135, .widened = 230};
const ProductRates kWithoutAvx512{.float32 = 90, .bfloat16 = 0, .widened = 80};
// What is faster by less than two measurements of a busy machine may differ.
const ProductRates kAlike{.float32 = 100, .bfloat16 = 115, .widened = 120};

struct Loading {
  const char* name;
  std::size_t bytes;
  ProductRates rates;
  LoadedPrecision expected;
  const char* reason;
};

const Loading kLoadings[] = {
    {"a tower where bfloat16 is faster", kTower, kZen5, LoadedPrecision::kBFloat16, "1.7 times"},
    {"a tower where it is slower", kTower, kEmeraldRapids, LoadedPrecision::kFloat32, "0.5 times"},
    {"a tower without AVX-512", kTower, kWithoutAvx512, LoadedPrecision::kFloat32, "no products"},
    {"a tower where it hardly matters", kTower, kAlike, LoadedPrecision::kFloat32, "1.1 times"},
    {"a toy, whatever the rates", kSmallModelBytes - 1, kZen5, LoadedPrecision::kFloat32, "small"},
    {"the smallest that is measured for", kSmallModelBytes, kZen5, LoadedPrecision::kBFloat16, ""},
    {"the largest in float32", kLargestInFloat32Bytes, kEmeraldRapids, LoadedPrecision::kFloat32,
     ""},
    {"one byte more", kLargestInFloat32Bytes + 1, kEmeraldRapids, LoadedPrecision::kBFloat16,
     "4.3 GB"},
};

START_TEST(weights_are_loaded_in_what_is_faster_by_far_and_fits) {
  const Loading& loading = kLoadings[_i];
  const auto choice = chosen_precision(loading.bytes, loading.rates, RatesOrigin::kKept);
  ck_assert_msg(choice.precision == loading.expected, "%s", loading.name);
  ck_assert_msg(contains(choice.reason, loading.reason), "%s: %s", loading.name,
                choice.reason.c_str());
}
END_TEST

START_TEST(bfloat16_is_widened_where_that_is_faster_by_far) {
  ck_assert(!is_faster_widened(kZen5, RatesOrigin::kKept));
  ck_assert(is_faster_widened(kEmeraldRapids, RatesOrigin::kKept));
  ck_assert(is_faster_widened(kWithoutAvx512, RatesOrigin::kKept));
  ck_assert(!is_faster_widened(kAlike, RatesOrigin::kKept));
  ck_assert(contains(arithmetic_reason(kZen5, RatesOrigin::kKept), "multiplied in bfloat16"));
  ck_assert(contains(arithmetic_reason(kEmeraldRapids, RatesOrigin::kKept), "1.7 times"));
}
END_TEST

// Measured again at every start, rates move by a fifth in either direction.
START_TEST(what_is_not_kept_must_differ_by_more) {
  const ProductRates middling{.float32 = 100, .bfloat16 = 145, .widened = 100};
  const auto precision = [&](RatesOrigin origin) {
    return chosen_precision(kTower, middling, origin).precision;
  };
  ck_assert(precision(RatesOrigin::kKept) == LoadedPrecision::kBFloat16);
  ck_assert(precision(RatesOrigin::kMeasuredEachTime) == LoadedPrecision::kFloat32);
  const ProductRates slower{.float32 = 150, .bfloat16 = 100, .widened = 145};
  ck_assert(is_faster_widened(slower, RatesOrigin::kKept));
  ck_assert(!is_faster_widened(slower, RatesOrigin::kMeasuredEachTime));
}
END_TEST

START_TEST(rates_are_kept_for_each_machine) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "not" / "there" / "product-rates";
  ck_assert(!kept_rates(file, "one; 2 threads"));
  ck_assert(keep_rates(file, "one; 2 threads", kZen5));
  ck_assert(keep_rates(file, "other; 2 threads", kEmeraldRapids));
  ck_assert(kept_rates(file, "one; 2 threads") == kZen5);
  ck_assert(kept_rates(file, "other; 2 threads") == kEmeraldRapids);
  ck_assert(!kept_rates(file, "one; 3 threads"));
  // Another library: the machine has another name, and the rates of the old one stay.
  ck_assert(keep_rates(file, "one; 2 threads", kWithoutAvx512));
  ck_assert(kept_rates(file, "one; 2 threads") == kWithoutAvx512);
  ck_assert(kept_rates(file, "other; 2 threads") == kEmeraldRapids);
}
END_TEST

START_TEST(the_file_of_rates_does_not_grow_for_ever) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "product-rates";
  for (int machine = 0; machine < 200; ++machine) {
    ck_assert(keep_rates(file, std::to_string(machine), kZen5));
  }
  std::ifstream stream(file);
  int lines = 0;
  for (std::string line; std::getline(stream, line);) ++lines;
  ck_assert_int_le(lines, 65);
  ck_assert(kept_rates(file, "199").has_value() && !kept_rates(file, "0").has_value());
}
END_TEST

const char* const kNoRates[] = {
    "",
    "\n\n",
    "one",
    "1 2 one",
    "1 2 3",
    "1 2 3one",
    "fast 2 3 one",
    "-1 2 3 one",
    "nan 2 3 one",
    "1 inf 3 one",
    "0 2 3 one",
    "1e999 2 3 one",
    "\x7f\x45\x4c\x46 1 2 3 one",
};

START_TEST(what_is_no_rates_is_measured_anew) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "product-rates";
  std::ofstream(file) << kNoRates[_i] << "\n";
  ck_assert_msg(!kept_rates(file, "one"), "%s", kNoRates[_i]);
  ck_assert(keep_rates(file, "one", kZen5));
  ck_assert(kept_rates(file, "one") == kZen5);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_no_error) {
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "file") << "in the way";
  ck_assert(!keep_rates(folder.path() / "file" / "product-rates", "one", kZen5));
  fs::create_directory(folder.path() / "taken");
  ck_assert(!keep_rates(folder.path() / "taken", "one", kZen5));
  ck_assert(!kept_rates(folder.path() / "taken", "one"));
  ck_assert(!keep_rates({}, "one", kZen5));
  ck_assert(!kept_rates({}, "one"));
}
END_TEST

START_TEST(rates_lie_in_the_users_folder_of_caches) {
  ::setenv("HOME", "/home/someone", 1);
  ::setenv("XDG_CACHE_HOME", "/caches", 1);
  ck_assert(rates_file() == "/caches/gst-dali/product-rates");
  for (const char* none : {"", "relative"}) {
    ::setenv("XDG_CACHE_HOME", none, 1);
    ck_assert(rates_file() == "/home/someone/.cache/gst-dali/product-rates");
  }
  ::unsetenv("XDG_CACHE_HOME");
  ck_assert(rates_file() == "/home/someone/.cache/gst-dali/product-rates");
  ::unsetenv("HOME");
  ck_assert(rates_file().empty());
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("arithmetic-choice");
  TCase* choices = tcase_create("choices");
  tcase_add_loop_test(choices, dali::weights_are_loaded_in_what_is_faster_by_far_and_fits, 0,
                      static_cast<int>(std::size(dali::kLoadings)));
  tcase_add_test(choices, dali::bfloat16_is_widened_where_that_is_faster_by_far);
  tcase_add_test(choices, dali::what_is_not_kept_must_differ_by_more);
  suite_add_tcase(suite, choices);
  TCase* keeping = tcase_create("keeping");
  tcase_add_test(keeping, dali::rates_are_kept_for_each_machine);
  tcase_add_test(keeping, dali::the_file_of_rates_does_not_grow_for_ever);
  tcase_add_loop_test(keeping, dali::what_is_no_rates_is_measured_anew, 0,
                      static_cast<int>(std::size(dali::kNoRates)));
  tcase_add_test(keeping, dali::a_folder_that_cannot_be_written_is_no_error);
  tcase_add_test(keeping, dali::rates_lie_in_the_users_folder_of_caches);
  suite_add_tcase(suite, keeping);
  return dali::run_suite(suite);
}
