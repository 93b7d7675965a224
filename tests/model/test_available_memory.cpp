// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory that a process may take, in made-up trees of control groups.
#include "model/base/available_memory.h"

#include "tests/support/check_suite.h"
#include "tests/support/made_up_root.h"

namespace dali {
namespace {

// What is asked of a machine of which 8 GiB are available.
struct Machine {
  Machine() {
    root.write("proc/meminfo",
               "MemTotal:       16777216 kB\nMemFree:  1024 kB\nMemAvailable:    8388608 kB\n");
    root.write("proc/self/cgroup", "0::/system/captions\n");
    root.write("proc/self/mountinfo", kUnifiedGroups);
  }
  unsigned long long available() const { return available_memory_bytes(root.directory.path()); }
  MadeUpRoot root;
};

constexpr unsigned long long kMachine = 8ULL << 30;

START_TEST(without_limits_it_is_what_the_machine_has_left) {
  const Machine machine;
  ck_assert_uint_eq(machine.available(), kMachine);
  machine.root.write("sys/fs/cgroup/system/captions/memory.max", "max\n");
  machine.root.write("sys/fs/cgroup/system/captions/memory.current", "1000\n");
  ck_assert_uint_eq(machine.available(), kMachine);
}
END_TEST

START_TEST(of_the_groups_around_the_one_with_the_least_left_counts) {
  const Machine machine;
  machine.root.write("sys/fs/cgroup/system/memory.max", "5000000\n");
  machine.root.write("sys/fs/cgroup/system/memory.current", "4000000\n");
  machine.root.write("sys/fs/cgroup/system/captions/memory.max", "3000000\n");
  machine.root.write("sys/fs/cgroup/system/captions/memory.current", "1000000\n");
  ck_assert_uint_eq(machine.available(), 1000000);
}
END_TEST

START_TEST(a_group_beyond_its_limit_has_nothing_left) {
  const Machine machine;
  machine.root.write("sys/fs/cgroup/system/captions/memory.max", "1000\n");
  machine.root.write("sys/fs/cgroup/system/captions/memory.current", "1001\n");
  ck_assert_uint_eq(machine.available(), 0);
}
END_TEST

// Which says "no limit" by the largest number of whole pages.
START_TEST(version_one_has_a_tree_for_memory) {
  const Machine machine;
  machine.root.write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/b\n");
  machine.root.write("proc/self/mountinfo",
                     "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                     "31 24 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
  machine.root.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
  machine.root.write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1000\n");
  ck_assert_uint_eq(machine.available(), kMachine);
  machine.root.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "5000\n");
  ck_assert_uint_eq(machine.available(), 4000);
}
END_TEST

START_TEST(a_system_that_says_nothing_has_none_to_give) {
  const MadeUpRoot root;
  ck_assert_uint_eq(available_memory_bytes(root.directory.path()), 0);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("available memory");
  TCase* groups = tcase_create("groups");
  tcase_add_test(groups, dali::without_limits_it_is_what_the_machine_has_left);
  tcase_add_test(groups, dali::of_the_groups_around_the_one_with_the_least_left_counts);
  tcase_add_test(groups, dali::a_group_beyond_its_limit_has_nothing_left);
  tcase_add_test(groups, dali::version_one_has_a_tree_for_memory);
  tcase_add_test(groups, dali::a_system_that_says_nothing_has_none_to_give);
  suite_add_tcase(suite, groups);
  return dali::run_suite(suite);
}
