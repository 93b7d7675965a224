// SPDX-License-Identifier: LGPL-2.1-or-later
// The processors that a process may use, in made-up trees of control groups.
#include "model/base/processors.h"

#include <sched.h>

#include <string>

#include "tests/support/check_suite.h"
#include "tests/support/made_up_root.h"

namespace dali {
namespace {

double quota_in(const MadeUpRoot& root) {
  return processor_quota(root.directory.path()).value_or(0.0);
}

START_TEST(version_two_says_quota_and_period) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "0::/service\n");
  root.write("proc/self/mountinfo", kUnifiedGroups);
  root.write("sys/fs/cgroup/service/cpu.max", "150000 100000\n");
  ck_assert_double_eq(quota_in(root), 1.5);
  root.write("sys/fs/cgroup/service/cpu.max", "max 100000\n");
  ck_assert_double_eq(quota_in(root), 0.0);
}
END_TEST

START_TEST(the_least_quota_of_the_groups_around_counts) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "0::/machine/pod/container\n");
  root.write("proc/self/mountinfo", kUnifiedGroups);
  root.write("sys/fs/cgroup/machine/cpu.max", "800000 100000\n");
  root.write("sys/fs/cgroup/machine/pod/cpu.max", "200000 100000\n");
  root.write("sys/fs/cgroup/machine/pod/container/cpu.max", "max 100000\n");
  ck_assert_double_eq(quota_in(root), 2.0);
}
END_TEST

START_TEST(version_one_says_them_in_two_files) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/a\n1:name=systemd:/a\n");
  root.write("proc/self/mountinfo",
             "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
             "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  ck_assert_double_eq(quota_in(root), 0.5);
  ck_assert_int_eq(usable_processors(root.directory.path()), 1);
  root.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  ck_assert_double_eq(quota_in(root), 0.0);
}
END_TEST

// A container sees its own group as the root of what is mounted, and is told a path from the
// host's root, or, with a namespace of its own, "/" or "/..".
START_TEST(a_container_finds_its_quota_at_the_mounted_folder) {
  for (const char* path : {"/docker/1f", "/", "/../../else", "/not/mounted"}) {
    for (const char* seen : {"/docker/1f", "/"}) {
      const MadeUpRoot root;
      root.write("proc/self/cgroup", std::string("0::") + path + "\n");
      root.write("proc/self/mountinfo",
                 std::string("35 24 0:29 ") + seen + " /sys/fs/cgroup ro - cgroup2 cgroup ro\n");
      root.write("sys/fs/cgroup/cpu.max", "300000 100000\n");
      ck_assert_msg(quota_in(root) == 3.0, "%s seen at %s: %f", path, seen, quota_in(root));
    }
  }
}
END_TEST

START_TEST(a_group_below_the_mounted_folder_is_found_there) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "0::/docker/1f/inner\n");
  root.write("proc/self/mountinfo",
             "35 24 0:29 /docker/1f /sys/fs/cgroup ro - cgroup2 cgroup ro\n");
  root.write("sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
  ck_assert_double_eq(quota_in(root), 1.0);
}
END_TEST

START_TEST(without_groups_or_with_damaged_files_there_is_no_quota) {
  const MadeUpRoot root;
  ck_assert(!processor_quota(root.directory.path()));
  root.write("proc/self/cgroup", "\n:\n0::\nnonsense\n");
  root.write("proc/self/mountinfo", "-\n1 2 - cgroup2\n\n" + kUnifiedGroups);
  root.write("sys/fs/cgroup/cpu.max", "a lot\n");
  ck_assert(!processor_quota(root.directory.path()));
  root.write("sys/fs/cgroup/cpu.max", "100000 0\n");
  ck_assert(!processor_quota(root.directory.path()));
}
END_TEST

START_TEST(the_affinity_mask_counts_and_a_quota_is_rounded_up) {
  const MadeUpRoot root;
  cpu_set_t mask;
  ck_assert_int_eq(::sched_getaffinity(0, sizeof mask, &mask), 0);
  const int allowed = CPU_COUNT(&mask);
  ck_assert_int_eq(usable_processors(root.directory.path()), allowed);

  root.write("proc/self/cgroup", "0::/\n");
  root.write("proc/self/mountinfo", kUnifiedGroups);
  root.write("sys/fs/cgroup/cpu.max", "100001 100000\n");
  ck_assert_int_eq(usable_processors(root.directory.path()), allowed > 1 ? 2 : 1);

  int first = 0;
  while (!CPU_ISSET(first, &mask)) ++first;
  CPU_ZERO(&mask);
  CPU_SET(first, &mask);
  ck_assert_int_eq(::sched_setaffinity(0, sizeof mask, &mask), 0);
  ck_assert_int_eq(usable_processors(root.directory.path()), 1);
}
END_TEST

// The empty fields are a virtual machine's.
START_TEST(a_processor_is_named_by_family_model_and_stepping) {
  const MadeUpRoot root;
  ck_assert(processor_model(root.directory.path()) == "");
  root.write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\n"
             "model name\t: AMD EPYC\nstepping\t: 1\nmicrocode\t: 0xb\nflags\t\t:\n\n"
             "processor\t: 1\nvendor_id\t: AuthenticAMD\n");
  ck_assert(processor_model(root.directory.path()) == "AuthenticAMD 26 2 AMD EPYC 1");
  root.write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n");
  ck_assert(processor_model(root.directory.path()) == "0x41 0xd40");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("processors");
  TCase* groups = tcase_create("groups");
  tcase_add_test(groups, dali::version_two_says_quota_and_period);
  tcase_add_test(groups, dali::the_least_quota_of_the_groups_around_counts);
  tcase_add_test(groups, dali::version_one_says_them_in_two_files);
  tcase_add_test(groups, dali::a_container_finds_its_quota_at_the_mounted_folder);
  tcase_add_test(groups, dali::a_group_below_the_mounted_folder_is_found_there);
  tcase_add_test(groups, dali::without_groups_or_with_damaged_files_there_is_no_quota);
  tcase_add_test(groups, dali::the_affinity_mask_counts_and_a_quota_is_rounded_up);
  tcase_add_test(groups, dali::a_processor_is_named_by_family_model_and_stepping);
  suite_add_tcase(suite, groups);
  return dali::run_suite(suite);
}
