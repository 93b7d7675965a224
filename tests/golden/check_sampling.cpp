// SPDX-License-Identifier: LGPL-2.1-or-later
// Temperature, top-k and top-p against the reference. A tensor's name says which were applied:
// probs_t0p2_topk50_topp0p9 is temperature 0.2, top-k 50, top-p 0.9.
#include <ATen/ops/softmax.h>

#include <regex>
#include <string>

#include "model/language/sampling.h"
#include "tests/golden/golden_check.h"

namespace dali::golden {
namespace {

// The number behind `word` in a tensor's name, "0p9" being 0.9; `otherwise` when it is not there.
double number_in_name(const std::string& name, const std::string& word, double otherwise) {
  std::smatch found;
  if (!std::regex_search(name, found, std::regex(word + "([0-9]+)(p([0-9]+))?"))) return otherwise;
  return std::stod(found[1].str() + "." + found[3].str());
}

at::Tensor warp(const at::Tensor& logits, const std::string& name) {
  const auto tempered = divide_by_temperature(logits, number_in_name(name, "_t", 1.0));
  const auto by_rank = keep_top_k(tempered, static_cast<int>(number_in_name(name, "_topk", 0.0)));
  return keep_top_p(by_rank, number_in_name(name, "_topp", 1.0));
}

CheckResult check_warpers(const Fixture& fixture) {
  CheckResult result;
  const auto logits = fixture.tensor("logits");
  for (const std::string& name : fixture.names()) {
    if (name.starts_with("after_temperature_")) {
      const double temperature = number_in_name(name, "after_temperature_", 1.0);
      result.expect_close(fixture, name, divide_by_temperature(logits, temperature));
    } else if (name.starts_with("probs_")) {
      result.expect_close(fixture, name, at::softmax(warp(logits, name), -1));
      if (name.starts_with("probs_reference_") && fixture.has("n_kept_topk")) {
        result.expect_close(fixture, "n_kept_topk", warp(logits, name).isfinite().sum(-1));
      }
    }
  }
  return result;
}

const GoldenCheck kWarpers(
    "sampling",
    [](const Fixture& fixture) {
      return fixture.group() == "4_llama" && fixture.has("logits") && !fixture.has("inputs_embeds");
    },
    check_warpers);

}  // namespace
}  // namespace dali::golden
