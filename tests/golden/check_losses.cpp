// SPDX-License-Identifier: LGPL-2.1-or-later
// The alignment losses against the reference: values, bandwidths, plans and gradients, and the
// cross-attention's weights, entropies and schedule.
#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/golden/golden_check.h"
#include "tests/golden/procedural_tensor.h"
#include "tests/golden/reference_weights.h"
#include "tests/golden/transport_duals.h"
#include "training/evaluate/retrieval.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/contrastive.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/network_simplex.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/squared_distance.h"
#include "training/stages/alignment_gradients.h"

namespace dali::golden {
namespace {

bool is_loss(const Fixture& fixture) {
  return fixture.group() == "6_losses";
}

bool mentions(const Fixture& fixture, const std::string& words) {
  return is_loss(fixture) && !fixture.config().contains("rule") &&
         fixture.reference().find(words) != std::string::npos;
}

// [batch, tokens, width]: stored, or by the formula that the configuration states.
torch::Tensor tokens_of(CheckResult& result, const Fixture& fixture, const std::string& name) {
  if (fixture.has(name)) return fixture.tensor(name).clone();
  const auto tokens = ProceduralRule(fixture.config().at("tokens")).variable(name);
  result.expect_close(fixture, name + "_first8", tokens.flatten().slice(0, 0, 8),
                      Tolerance{.is_exact = true});
  return tokens;
}

// The batch's loss, each sample's, and the gradient that reaches the audio tokens.
void check_distance(CheckResult& result, const Fixture& fixture, AlignmentLoss& loss,
                    const torch::Tensor& audio_tokens, const torch::Tensor& image) {
  const auto audio = audio_tokens.clone().requires_grad_();
  const auto distance = loss.forward(audio, image).distance;
  result.expect_close(fixture, "loss", distance.unsqueeze(0));
  if (fixture.has("per_sample")) {
    std::vector<torch::Tensor> samples;
    for (std::int64_t i = 0; i < audio.size(0); ++i) {
      samples.push_back(loss.forward(audio.narrow(0, i, 1), image.narrow(0, i, 1)).distance);
    }
    // An index that has no tolerance of its own for them means the loss's.
    const auto tolerance = fixture.tolerance("per_sample");
    result.expect_close(fixture, "per_sample", at::stack(samples),
                        tolerance ? *tolerance : *fixture.tolerance("loss"));
  }
  if (fixture.has("grad.audio_tokens")) {
    distance.backward();
    result.expect_close(fixture, "grad.audio_tokens", audio.grad());
  }
}

CheckResult check_contrastive(const Fixture& fixture) {
  CheckResult result;
  const auto audio = tokens_of(result, fixture, "audio_tokens");
  const auto image = tokens_of(result, fixture, "image_tokens");
  Contrastive loss;
  check_distance(result, fixture, loss, audio, image);
  if (fixture.has("acc")) {
    const auto sound = audio.mean(1);
    const auto picture = image.mean(1);
    const double accuracy = (retrieval_scores(sound, picture).at("recall_at_1") +
                             retrieval_scores(picture, sound).at("recall_at_1")) /
                            2;
    result.expect_close(fixture, "acc", at::full({1}, accuracy));
  }
  return result;
}

CheckResult check_mmd(const Fixture& fixture) {
  CheckResult result;
  const auto audio = tokens_of(result, fixture, "audio_tokens");
  const auto image = tokens_of(result, fixture, "image_tokens");
  MaximumMeanDiscrepancy loss;
  check_distance(result, fixture, loss, audio, image);
  if (fixture.has("bandwidth")) {
    const auto tokens = at::cat({audio, image}, 1);
    result.expect_close(fixture, "bandwidth", kernel_bandwidth(squared_distance(tokens, tokens)));
  }
  return result;
}

CheckResult check_uniform_transport(const Fixture& fixture) {
  CheckResult result;
  const auto audio = tokens_of(result, fixture, "audio_tokens");
  const auto image = tokens_of(result, fixture, "image_tokens");
  UniformTransport loss;
  check_distance(result, fixture, loss, audio, image);
  if (fixture.has("plan_0")) {
    const auto cost = squared_distance(audio, image)[0].to(at::kDouble).contiguous();
    const auto rows = static_cast<std::size_t>(cost.size(0));
    const auto columns = static_cast<std::size_t>(cost.size(1));
    const auto solution =
        solve_transport(std::vector<double>(rows, 1.0), std::vector<double>(columns, 1.0),
                        {cost.data_ptr<double>(), rows * columns});
    // The index states no tolerance: float32 distances, and weights in steps of 2^-40.
    result.expect_close(fixture, "cost_matrix_0", cost, Tolerance{.atol = 1e-4, .rtol = 1e-5});
    result.expect_close(fixture, "plan_0", at::tensor(solution.plan).view_as(cost),
                        Tolerance{.atol = 1e-8});
  }
  return result;
}

// The gradients of every weight and of the audio tokens, as "PREFIX.NAME"; clears them.
void expect_and_clear_gradients(CheckResult& result, const Fixture& fixture,
                                AttentiveTransport& loss, torch::Tensor audio,
                                const std::string& prefix) {
  TensorMap gradients;
  if (audio.grad().defined()) gradients.emplace("audio_tokens", audio.grad().clone());
  for (const auto& parameter : loss.named_parameters()) {
    if (!parameter.value().grad().defined()) continue;
    gradients.emplace(attentive_transport_names()(parameter.key()).front(),
                      parameter.value().grad().clone());
  }
  expect_alignment_gradients(result, fixture, gradients, prefix + ".");
  loss.zero_grad();
  audio.mutable_grad().reset();
}

void check_schedule(CheckResult& result, const Fixture& fixture, AttentiveTransport& loss) {
  const auto epochs = fixture.tensor("schedule_epoch");
  std::vector<double> weights;
  for (std::int64_t i = 0; i < epochs.numel(); ++i) {
    loss.begin_epoch(static_cast<int>(epochs[i].item<std::int64_t>()));
    weights.push_back(loss.entropy_weight());
  }
  result.expect_close(fixture, "schedule_entropy_coefficient", at::tensor(weights),
                      Tolerance{.is_exact = true});
}

std::vector<double> values_of(const torch::Tensor& tensor) {
  const auto values = tensor.detach().to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

// Each potential within what the index allows or, where that is more, within its freedom.
void expect_potentials(CheckResult& result, const Fixture& fixture, const std::string& name,
                       const torch::Tensor& actual, const std::vector<double>& freedom) {
  const double allowed = fixture.tolerance(name)->atol.value();
  const auto differences = values_of((fixture.tensor(name) - actual).abs());
  for (std::size_t i = 0; i < differences.size(); ++i) {
    if (differences[i] <= std::max(allowed, freedom[i])) continue;
    result.expect(false, name + " is the reference's within " + std::to_string(freedom[i]) +
                             ", not off by " + std::to_string(differences[i]) + " in element " +
                             std::to_string(i));
    return;
  }
  result.expect(true, name + " is the reference's");
}

// The potentials of the first sample, less their mean, are the gradients of its weights. They are
// judged by what makes a dual solution, for the costs as they were computed; the reference's belong
// to its own, which another order of summation rounds otherwise, and along the ways of a plan,
// which tie dozens of tokens together, roundings add up.
void check_potentials(CheckResult& result, const Fixture& fixture,
                      const AttentiveTransport::Weights& weights, const torch::Tensor& audio,
                      const torch::Tensor& image) {
  const auto from = audio.slice(0, 0, 1).to(at::kDouble);
  const auto to = image.slice(0, 0, 1).to(at::kDouble);
  const auto cost = squared_distance(audio, image)[0].to(at::kDouble);
  // A sum of `width` products is off by some sqrt(width) roundings, each of 2^-24 of the summands.
  const double squares = (from.square().sum(2).max() + to.square().sum(2).max()).item<double>();
  const double rounding = 0x1p-24 * std::sqrt(static_cast<double>(from.size(2))) * squares;
  result.expect((cost - squared_distance(from, to)[0]).abs().max().item<double>() <= rounding,
                "the costs are squared distances, in float32");

  const auto of_sum_one = [](const torch::Tensor& token_weights) {
    const auto exact = token_weights.detach()[0].to(at::kDouble);
    return (exact / exact.sum()).requires_grad_();
  };
  const auto rows = of_sum_one(weights.audio);
  const auto columns = of_sum_one(weights.image);
  transport_cost(rows.unsqueeze(0), columns.unsqueeze(0), cost.unsqueeze(0)).sum().backward();
  JudgedTransport problem{.row_weights = values_of(rows),
                          .column_weights = values_of(columns),
                          .cost = values_of(cost),
                          .plan = {}};
  problem.plan = solve_transport(problem.row_weights, problem.column_weights, problem.cost).plan;
  const Potentials potentials{.rows = values_of(rows.grad()), .columns = values_of(columns.grad())};
  // The solver counts weights in steps of 2^-40 and costs in steps of 2^-46 of their range.
  const auto fault = dual_fault(problem, potentials, 1e-7);
  result.expect(!fault, "the potentials prove the plan: they " + fault.value_or(""));
  expect_potentials(result, fixture, "dual_u_centred_0", rows.grad(),
                    row_freedom(problem, potentials, 2 * rounding));
  expect_potentials(result, fixture, "dual_v_centred_0", columns.grad(),
                    column_freedom(problem, potentials, 2 * rounding));
}

CheckResult check_attentive_transport(const Fixture& fixture) {
  CheckResult result;
  const auto audio = tokens_of(result, fixture, "audio_tokens").requires_grad_();
  const auto image = tokens_of(result, fixture, "image_tokens");
  AttentiveTransport loss(static_cast<int>(audio.size(2)));
  const bool has_weights = !fixture.tensors_under("w.").empty();
  set_reference_weights(
      loss, attentive_transport_names(),
      has_weights ? stored_weights(fixture) : [&](const std::string& name, at::IntArrayRef shape) {
        return ProceduralRule(fixture.config().at("parameters")).weight(name, shape);
      });
  if (fixture.has("schedule_epoch")) check_schedule(result, fixture, loss);

  loss.begin_epoch(6);  // lossX is that of the last part of the schedule
  const auto weights = loss.weights(audio, image);
  result.expect_close(fixture, "weights_audio", weights.audio);
  result.expect_close(fixture, "weights_image", weights.image);
  const auto terms = loss.forward(audio, image);
  result.expect_close(fixture, "entropy_mean", terms.entropy.unsqueeze(0));
  result.expect_close(fixture, "lossX", terms.regularised().unsqueeze(0));
  check_distance(result, fixture, loss, audio.detach(), image);
  loss.zero_grad();
  if (fixture.has("loss_evaluate_true")) {
    result.expect_close(fixture, "loss_evaluate_true",
                        loss.validation_distance(audio, image).unsqueeze(0),
                        *fixture.tolerance("loss"));
  }
  if (fixture.has("dual_u_centred_0")) {
    check_potentials(result, fixture, weights, audio.detach(), image);
  }

  terms.distance.backward({}, /*retain_graph=*/true);
  expect_and_clear_gradients(result, fixture, loss, audio, "grad_loss");
  terms.entropy.backward({}, /*retain_graph=*/true);
  expect_and_clear_gradients(result, fixture, loss, audio, "grad_entropy");
  terms.regularised().backward();
  expect_and_clear_gradients(result, fixture, loss, audio, "grad_lossX");
  if (fixture.has("grad_literal.audio_tokens")) {
    accumulate_alignment_gradients(loss.forward(audio, image), loss, {audio},
                                   AlignmentObjective::kAuthors);
    // As lossX's, of which it is the sum with the loss's.
    result.expect_close(fixture, "grad_literal.audio_tokens", audio.grad(),
                        *fixture.tolerance("grad_lossX.audio_tokens"));
    // The loss's own parameters follow lossX alone.
    audio.mutable_grad().reset();
    expect_and_clear_gradients(result, fixture, loss, audio, "grad_lossX");
  }
  return result;
}

CheckResult check_losses_at_real_size(const Fixture& fixture) {
  const ProceduralRule rule(fixture.config().at("rule"));
  const auto audio = rule.variable("audio_tokens").requires_grad_();
  const auto image = rule.variable("image_tokens");
  AttentiveTransport attentive(static_cast<int>(audio.size(2)));
  set_reference_weights(
      attentive, attentive_transport_names(),
      [&](const std::string& name, at::IntArrayRef shape) { return rule.weight(name, shape); });
  CheckResult result;
  const auto expect_gradient = [&](const std::string& name, const torch::Tensor& of) {
    of.backward();
    result.expect_statistics(fixture, "stats." + name + ".audio_tokens", audio.grad());
    audio.mutable_grad().reset();
  };
  attentive.begin_epoch(6);
  const auto weights = attentive.weights(audio, image);
  result.expect_close(fixture, "weights_audio", weights.audio[0]);
  result.expect_close(fixture, "weights_image", weights.image[0]);
  const auto terms = attentive.forward(audio, image);
  result.expect_close(fixture, "loss_xattn", terms.distance.unsqueeze(0));
  result.expect_close(fixture, "entropy", terms.entropy.unsqueeze(0));
  result.expect_close(fixture, "loss_emd_uniform",
                      attentive.validation_distance(audio, image).unsqueeze(0));
  terms.distance.backward({}, /*retain_graph=*/true);
  result.expect_statistics(fixture, "stats.grad_loss.audio_tokens", audio.grad());
  audio.mutable_grad().reset();
  expect_gradient("grad_lossX100", terms.regularised());
  const auto discrepancy = maximum_mean_discrepancy(audio, image).mean();
  result.expect_close(fixture, "loss_mmd", discrepancy.unsqueeze(0));
  expect_gradient("grad_mmd", discrepancy);
  return result;
}

const GoldenCheck kContrastive(
    "contrastive loss",
    [](const Fixture& fixture) { return mentions(fixture, "forward_contrastive"); },
    check_contrastive);

const GoldenCheck kMmd(
    "maximum mean discrepancy",
    [](const Fixture& fixture) { return mentions(fixture, "method=\"mmd\""); }, check_mmd);

const GoldenCheck kUniformTransport(
    "optimal transport",
    [](const Fixture& fixture) { return mentions(fixture, "method=\"emd\", x_attn=False"); },
    check_uniform_transport);

const GoldenCheck kAttentiveTransport(
    "attentive optimal transport",
    [](const Fixture& fixture) { return mentions(fixture, "method=\"emd\", x_attn=True"); },
    check_attentive_transport);

const GoldenCheck kLossesAtRealSize(
    "losses at real size",
    [](const Fixture& fixture) { return is_loss(fixture) && fixture.config().contains("rule"); },
    check_losses_at_real_size);

}  // namespace
}  // namespace dali::golden
