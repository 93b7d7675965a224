// SPDX-License-Identifier: LGPL-2.1-or-later
// How many threads each of several media gets that are captioned at a time.
#include "pipelines/caption/shared_threads.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "model/base/processors.h"
#include "tests/support/check_suite.h"

using dali::shared_threads;

namespace {

void set_environment(const char* omp_threads, const char* local_processes) {
  for (const auto& [name, value] : {std::pair("OMP_NUM_THREADS", omp_threads),
                                    std::pair("LOCAL_WORLD_SIZE", local_processes)}) {
    ::unsetenv(name);
    if (value != nullptr) ::setenv(name, value, 1);
  }
}

}  // namespace

START_TEST(media_share_the_processors) {
  const int processors = dali::usable_processors();
  set_environment(nullptr, nullptr);
  ck_assert_int_eq(shared_threads(1), processors);
  ck_assert_int_eq(shared_threads(2), std::max(processors / 2, 1));
  ck_assert_int_eq(shared_threads(10 * processors), 1);
}
END_TEST

// One medium has all processors: on a machine of several that is more than 1.
START_TEST(no_share_is_greater_than_the_user_said) {
  const int processors = dali::usable_processors();
  set_environment("1", nullptr);
  ck_assert_int_eq(shared_threads(1), 1);
  set_environment("1000000", nullptr);
  ck_assert_int_eq(shared_threads(1), processors);
  for (const char* none : {"", "0", "many"}) {
    set_environment(none, nullptr);
    ck_assert_int_eq(shared_threads(1), processors);
  }
}
END_TEST

START_TEST(what_torchrun_sets_is_not_what_the_user_said) {
  set_environment("1", "2");
  ck_assert_int_eq(shared_threads(1), dali::usable_processors());
}
END_TEST

int main() {
  Suite* suite = suite_create("shared threads");
  TCase* shares = tcase_create("shares");
  tcase_add_test(shares, media_share_the_processors);
  tcase_add_test(shares, no_share_is_greater_than_the_user_said);
  tcase_add_test(shares, what_torchrun_sets_is_not_what_the_user_said);
  suite_add_tcase(suite, shares);
  return dali::run_suite(suite);
}
