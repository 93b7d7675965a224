// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <set>
#include <string>

#include "model/base/mixed_bits.h"
#include "tests/support/check_suite.h"
#include "training/data/clip_seed.h"

namespace dali {
namespace {

START_TEST(clips_and_runs_have_seeds_of_their_own) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t run = 0; run < 20; ++run) {
    for (int clip = 0; clip < 50; ++clip) {
      seeds.insert(seed_of_clip(run, "clip" + std::to_string(clip)));
    }
  }
  ck_assert_uint_eq(seeds.size(), 1000);
  ck_assert_uint_eq(seed_of_clip(3, "clip7"), seed_of_clip(3, std::string("clip7")));
}
END_TEST

// XXH3's hash of nothing, as its authors publish it: the same on every machine.
START_TEST(the_seed_is_made_of_a_hash_that_is_the_same_everywhere) {
  ck_assert_uint_eq(seed_of_clip(5, ""), mixed_bits(5 ^ mixed_bits(0x2D06800538D394C2ULL)));
}
END_TEST

Suite* clip_seed_suite() {
  Suite* suite = suite_create("clip seed");
  TCase* tests = tcase_create("clip seed");
  tcase_add_test(tests, clips_and_runs_have_seeds_of_their_own);
  tcase_add_test(tests, the_seed_is_made_of_a_hash_that_is_the_same_everywhere);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::clip_seed_suite());
}
