// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "media/drawing/png_bytes.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/plot/attention_plot.h"
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
  suite_add_tcase(suite, plots);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::plots_suite());
}
