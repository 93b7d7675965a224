// SPDX-License-Identifier: LGPL-2.1-or-later
// LLaVA's projector against the reference, with its gradients.
#include "model/language/projector.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/reference_weights.h"

namespace dali::golden {
namespace {

CheckResult check_projector(const Fixture& fixture) {
  const auto& config = fixture.config();
  Projector projector(
      ProjectorConfig{.input_width = config.at("mm_hidden"), .output_width = config.at("hidden")});
  set_reference_weights(*projector, projector_names(), stored_weights(fixture));

  CheckResult result;
  const auto tokens = fixture.tensor("x").clone().requires_grad_();
  const auto output = projector(tokens);
  result.expect_close(fixture, "y", output);
  if (fixture.has("grad_seed")) {
    (output * fixture.tensor("grad_seed")).sum().backward();
    result.expect_close(fixture, "grad.x", tokens.grad());
    expect_gradients(result, fixture, *projector, projector_names());
  }
  return result;
}

const GoldenCheck kProjector(
    "projector",
    [](const Fixture& fixture) {
      return fixture.group() == "4_llama" && fixture.config().contains("mm_hidden");
    },
    check_projector);

}  // namespace
}  // namespace dali::golden
