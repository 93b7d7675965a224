// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "tests/support/check_for_cpp.h"

namespace dali {

// Runs the suite as Check's environment variables (CK_RUN_CASE, CK_FORK ...) say and frees it. What
// main() of a test program returns: 0 when every test passed.
inline int run_suite(Suite* suite) {
  SRunner* runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  const bool has_passed = srunner_ntests_failed(runner) == 0 && srunner_ntests_run(runner) > 0;
  srunner_free(runner);
  return has_passed ? 0 : 1;
}

}  // namespace dali
