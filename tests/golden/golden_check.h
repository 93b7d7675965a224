// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "tests/golden/fixture.h"

namespace dali::golden {

// What a check found out about one fixture.
class CheckResult {
 public:
  // Compares with the fixture's tensor of that name, at the tolerance that the index states for it;
  // the second form, at one that the check derives itself.
  void expect_close(const Fixture& fixture, const std::string& tensor_name,
                    const at::Tensor& actual);
  void expect_close(const Fixture& fixture, const std::string& tensor_name,
                    const at::Tensor& actual, const Tolerance& tolerance);

  // The fixture's tensor holds the eight statistics of the tensor that `actual` should be. Where
  // the index states no tolerance for it, sums of float32 data must agree to 1e-6. The second form
  // takes the tolerance of the elements from the check.
  void expect_statistics(const Fixture& fixture, const std::string& tensor_name,
                         const at::Tensor& actual);
  void expect_statistics(const Fixture& fixture, const std::string& tensor_name,
                         const at::Tensor& actual, const Tolerance& tolerance);

  // The fixture's tensor holds the best indices of `scores` [vocabulary], best first. Two of them
  // may change places where their scores differ by at most `margin`.
  void expect_ranking(const Fixture& fixture, const std::string& tensor_name,
                      const at::Tensor& scores, double margin);

  // Anything else: `statement` says what should have been.
  void expect(bool is_true, const std::string& statement);

  // The check cannot be made here, and why ("no tokenizer at ..."): neither passed nor failed.
  void skip(std::string reason) { skip_reason_ = std::move(reason); }

  int comparisons() const { return comparisons_; }
  const std::vector<std::string>& failures() const { return failures_; }
  const std::string& skip_reason() const { return skip_reason_; }

 private:
  int comparisons_ = 0;
  std::vector<std::string> failures_;  // one line each
  std::string skip_reason_;            // empty: not skipped
};

// A check of one kind of fixtures. Defined at namespace scope in the check's own file, it is found
// by the driver:
//
//   const GoldenCheck kProjector("projector", applies_to, check_projector);
//
// `applies_to` looks at group, reference, configuration and the tensors that are present, never at
// the fixture's name, and at most one check applies to a fixture.
class GoldenCheck {
 public:
  using AppliesTo = bool (*)(const Fixture& fixture);
  using Check = CheckResult (*)(const Fixture& fixture);

  GoldenCheck(const char* name, AppliesTo applies_to, Check check);

  const char* const name;
  const AppliesTo applies_to;
  const Check check;

  static const std::vector<const GoldenCheck*>& all();
};

}  // namespace dali::golden
