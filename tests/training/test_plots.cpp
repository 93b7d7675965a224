// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "media/drawing/png_bytes.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/losses/network_simplex.h"
#include "training/plot/attention_plot.h"
#include "training/plot/plan_plot.h"
#include "training/plot/token_plot.h"

namespace dali {
namespace {

int count(std::string_view text, std::string_view what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

START_TEST(base64_is_that_of_the_standard) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) ck_assert(base64(bytes) == text);
}
END_TEST

START_TEST(a_png_has_its_signature_and_an_end) {
  RgbImage image(3, 2);
  const std::string bytes = png(image);
  ck_assert(bytes.starts_with("\x89PNG\r\n\x1a\n"));
  ck_assert(bytes.find("IEND") != std::string::npos);
  expect_one_line_with(error_message_of<std::runtime_error>([] { png(RgbImage()); }), "PNG");
}
END_TEST

START_TEST(principal_components_are_the_directions_of_greatest_variance) {
  at::manual_seed(1);
  // Mostly along (3, 4, 0) / 5, then along the third axis.
  const auto main = at::randn({200, 1}, at::kDouble) * 10;
  const auto second = at::randn({200, 1}, at::kDouble) * 2;
  const auto points = main * at::tensor({0.6, 0.8, 0.0}) + second * at::tensor({0.0, 0.0, 1.0}) +
                      at::randn({200, 3}, at::kDouble) * 0.01 + 7;
  const auto components = principal_components(points);
  const auto expected = main - main.mean();
  const auto along = components.places.select(1, 0).unsqueeze(1);
  const double same = (along - expected).abs().max().item<double>();
  const double opposite = (along + expected).abs().max().item<double>();
  ck_assert_double_lt(std::min(same, opposite), 0.2);
  ck_assert_double_gt(components.explained_share, 0.999);
}
END_TEST

START_TEST(the_token_plot_has_a_panel_a_model_and_two_dots_a_clip) {
  const TokenMeans means = {.audio = at::rand({5, 4}), .image = at::rand({5, 4})};
  const NamedTokenMeans models[] = {{.name = "ot <1>", .means = means},
                                    {.name = "mmd", .means = means}};
  const std::string svg = token_plot(models).text();
  ck_assert_int_eq(count(svg, "<circle"), 2 * 10 + 2);  // and the legend's
  ck_assert(svg.find("ot &lt;1&gt;") != std::string::npos);
  ck_assert(svg.find("nan") == std::string::npos);
}
END_TEST

START_TEST(clips_that_are_all_alike_can_be_plotted) {
  const TokenMeans means = {.audio = at::ones({3, 4}), .image = at::ones({3, 4})};
  const NamedTokenMeans models[] = {{.name = "equal", .means = means}};
  ck_assert(token_plot(models).text().find("nan") == std::string::npos);
}
END_TEST

START_TEST(the_attention_plot_covers_picture_and_spectrogram_token_by_token) {
  ModelConfig config;
  config.spectrogram = {.mel_bins = 32, .frames = 64};
  config.vision_tower.image_size_px = 42;
  const AttentiveTransport::Weights weights = {.audio = at::full({1, 8}, 1.0 / 8),
                                               .image = at::rand({1, 9})};
  const std::string svg =
      attention_plot(config, at::rand({3, 42, 42}), at::randn({64, 32}), weights).text();
  ck_assert_int_eq(count(svg, "fill-opacity"), 8 + 9);
  ck_assert_int_eq(count(svg, "data:image/png;base64,"), 2);
  ck_assert(svg.find("1.000 to 1.000 of an equal share") != std::string::npos);
}
END_TEST

// How much of each token a plan moves.
struct Masses {
  std::vector<double> audio;
  std::vector<double> image;
};

Masses masses_of(const PlaneTokens& tokens, const DrawnPlan& drawn) {
  Masses masses = {.audio = std::vector<double>(tokens.audio.size(), 0.0),
                   .image = std::vector<double>(tokens.image.size(), 0.0)};
  for (std::size_t i = 0; i < tokens.audio.size(); ++i) {
    for (std::size_t j = 0; j < tokens.image.size(); ++j) {
      const double mass = drawn.plan.at(i * tokens.image.size() + j);
      ck_assert_double_ge(mass, 0.0);
      masses.audio[i] += mass;
      masses.image[j] += mass;
    }
  }
  return masses;
}

// OT - lambda s H as it is written, for any weights.
double attentive_objective(const PlaneTokens& tokens, const Masses& weights, double lambda) {
  std::vector<double> cost;
  double unit = 0.0;
  for (const Place& from : tokens.audio) {
    for (const Place& to : tokens.image) {
      cost.push_back(std::pow(from.x - to.x, 2) + std::pow(from.y - to.y, 2));
      unit += cost.back();
    }
  }
  unit /= static_cast<double>(cost.size());
  double entropy = 0.0;
  for (const auto* side : {&weights.audio, &weights.image}) {
    for (const double weight : *side) entropy -= weight * std::log(weight);
  }
  return solve_transport(weights.audio, weights.image, cost).cost - lambda * unit * entropy;
}

// Weights that attention can give, in the direction of others drawn at random: the minimum of a
// convex function is the least along every line.
void expect_least(const PlaneTokens& tokens, const Masses& found, double lambda) {
  std::mt19937 generator(7);
  std::exponential_distribution<double> draw;
  const double least = attentive_objective(tokens, found, lambda);
  for (int trial = 0; trial < 200; ++trial) {
    Masses other = found;
    for (auto* side : {&other.audio, &other.image}) {
      std::vector<double> halves;
      double total = 0.0;
      for (std::size_t i = 0; i < side->size(); ++i) {
        halves.push_back(std::pow(draw(generator), 4));
        total += halves.back();
      }
      const double uniform = 0.5 / static_cast<double>(side->size());
      const double way = trial % 2 == 0 ? 1.0 : 0.05;
      for (std::size_t i = 0; i < side->size(); ++i) {
        const double there = uniform + 0.5 * halves[i] / total;
        (*side)[i] += way * (there - (*side)[i]);
      }
    }
    ck_assert_double_ge(attentive_objective(tokens, other, lambda), least - 1e-4);
  }
}

START_TEST(drawn_plans_are_those_of_their_losses) {
  const PlaneTokens tokens = example_tokens();
  const Masses plain = masses_of(tokens, plain_plan(tokens));
  for (const double mass : plain.audio) ck_assert_double_eq_tol(mass, 1.0 / 8, 1e-9);
  for (const double mass : plain.image) ck_assert_double_eq_tol(mass, 1.0 / 16, 1e-9);

  std::vector<Masses> by_lambda;
  for (const double lambda : {50.0, 0.5, 0.02}) {
    const Masses attentive = masses_of(tokens, attentive_plan(tokens, lambda));
    for (const double mass : attentive.audio) ck_assert_double_ge(mass, 0.5 / 8 - 1e-9);
    for (const double mass : attentive.image) ck_assert_double_ge(mass, 0.5 / 16 - 1e-9);
    expect_least(tokens, attentive, lambda);
    by_lambda.push_back(attentive);
  }
  // Level where the entropy is all; then what has no counterpart is at the floor; then also much of
  // what has one.
  ck_assert_double_gt(by_lambda[0].image.back(), 0.9 / 16);
  ck_assert_double_lt(by_lambda[1].image.back(), 0.51 / 16);
  const auto least_near = [](const Masses& masses) {
    return *std::min_element(masses.image.begin(), masses.image.begin() + 8);
  };
  ck_assert_double_gt(least_near(by_lambda[1]), 0.9 / 16);
  ck_assert_double_lt(least_near(by_lambda[2]), 0.55 / 16);

  const Masses unbalanced = masses_of(tokens, unbalanced_plan(tokens));
  ck_assert_double_lt(unbalanced.image.back(), 0.5 / 16);
}
END_TEST

START_TEST(the_plan_plot_has_a_dot_a_token_and_a_panel_a_plan) {
  const PlaneTokens tokens = example_tokens();
  const DrawnPlan plans[] = {plain_plan(tokens), unbalanced_plan(tokens)};
  const std::string svg = plan_plot(tokens, plans).text();
  ck_assert_int_eq(count(svg, "<circle"), 2 * (8 + 16) + 2);  // and the legend's
  ck_assert(svg.find("50 % to what is silent") != std::string::npos);
  ck_assert(svg.find("nan") == std::string::npos);
}
END_TEST

Suite* plots_suite() {
  Suite* suite = suite_create("plots");
  TCase* files = tcase_create("files");
  tcase_add_test(files, base64_is_that_of_the_standard);
  tcase_add_test(files, a_png_has_its_signature_and_an_end);
  suite_add_tcase(suite, files);
  TCase* plots = tcase_create("plots");
  tcase_add_test(plots, principal_components_are_the_directions_of_greatest_variance);
  tcase_add_test(plots, the_token_plot_has_a_panel_a_model_and_two_dots_a_clip);
  tcase_add_test(plots, clips_that_are_all_alike_can_be_plotted);
  tcase_add_test(plots, the_attention_plot_covers_picture_and_spectrogram_token_by_token);
  tcase_add_test(plots, drawn_plans_are_those_of_their_losses);
  tcase_add_test(plots, the_plan_plot_has_a_dot_a_token_and_a_panel_a_plan);
  suite_add_tcase(suite, plots);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::plots_suite());
}
