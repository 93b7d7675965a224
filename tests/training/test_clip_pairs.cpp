// SPDX-License-Identifier: LGPL-2.1-or-later
// Which pairs of a batch are trained on, against all choices of small ones.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/losses/clip_pairs.h"
#include "training/losses/optimal_transport.h"
#include "training/stages/pair_choice.h"

namespace dali {
namespace {

START_TEST(the_share_falls_from_the_first_epoch_to_the_fifth) {
  const double shares[] = {1.0, 0.9375, 0.875, 0.8125, 0.75, 0.75, 0.75};
  for (int epoch = 1; epoch <= 7; ++epoch) {
    ck_assert_double_eq_tol(kept_share(0.75, epoch), shares[epoch - 1], 1e-12);
    ck_assert_double_eq(kept_share(1.0, epoch), 1.0);
  }
  ck_assert_int_eq(kept_count(0.75, 16), 12);
  ck_assert_int_eq(kept_count(0.01, 16), 1);
  ck_assert_int_eq(kept_count(0.75, 0), 0);
}
END_TEST

std::vector<std::int64_t> numbers(const torch::Tensor& indices) {
  return {indices.data_ptr<std::int64_t>(), indices.data_ptr<std::int64_t>() + indices.numel()};
}

START_TEST(the_least_are_kept_in_their_order) {
  const auto distances = at::tensor({4.0, 1.0, 3.0, 1.0, 2.0});
  ck_assert(numbers(least_distances(distances, 3)) == std::vector<std::int64_t>({1, 3, 4}));
  ck_assert(numbers(least_distances(distances, 1)) == std::vector<std::int64_t>({1}));
  ck_assert_uint_eq(numbers(least_distances(distances, 5)).size(), 5);
}
END_TEST

// Else a clip that is broken would be left out without a word, instead of being named.
START_TEST(what_is_not_a_number_is_kept) {
  const auto distances = at::tensor({4.0, 1.0, std::nan(""), 2.0});
  ck_assert(numbers(least_distances(distances, 2)) == std::vector<std::int64_t>({1, 2}));
}
END_TEST

// Over all ways to give `count` of the sounds a picture each.
double cheapest_by_brute_force(const torch::Tensor& distances, std::int64_t count) {
  const auto clips = distances.size(0);
  std::vector<std::int64_t> pictures(static_cast<std::size_t>(clips));
  std::iota(pictures.begin(), pictures.end(), std::int64_t{0});
  double least = std::numeric_limits<double>::infinity();
  do {
    std::vector<double> costs;
    for (std::int64_t sound = 0; sound < clips; ++sound) {
      costs.push_back(distances[sound][pictures[static_cast<std::size_t>(sound)]].item<double>());
    }
    std::ranges::sort(costs);
    least = std::min(least, std::accumulate(costs.begin(), costs.begin() + count, 0.0));
  } while (std::ranges::next_permutation(pictures).found);
  return least;
}

START_TEST(matches_are_the_cheapest_of_all) {
  at::manual_seed(_i);
  // Every other case has ties.
  const auto distances =
      _i % 2 == 0 ? at::rand({5, 5}, at::kDouble) : at::randint(0, 4, {5, 5}, at::kDouble);
  for (const std::int64_t count : {1, 2, 4, 5}) {
    const auto matches = cheapest_matches(distances, count);
    ck_assert_int_eq(static_cast<std::int64_t>(matches.size()), count);
    double cost = 0.0;
    std::vector<std::int64_t> pictures;
    for (std::size_t i = 0; i < matches.size(); ++i) {
      cost += distances[matches[i].sound][matches[i].picture].item<double>();
      pictures.push_back(matches[i].picture);
      if (i > 0) ck_assert_int_gt(matches[i].sound, matches[i - 1].sound);
    }
    std::ranges::sort(pictures);
    ck_assert(std::ranges::adjacent_find(pictures) == pictures.end());
    ck_assert_double_eq_tol(cost, cheapest_by_brute_force(distances, count), 1e-9);
  }
}
END_TEST

START_TEST(large_batches_are_matched_too) {
  at::manual_seed(30);
  const auto order = at::randperm(256);
  auto distances = 1.0 + at::rand({256, 256});
  for (std::int64_t sound = 0; sound < 256; ++sound) {
    distances[sound][order[sound].item<std::int64_t>()] = 0.1;
  }
  const auto matches = cheapest_matches(distances, 192);
  ck_assert_uint_eq(matches.size(), 192);
  for (const auto& [sound, picture] : matches) {
    ck_assert_int_eq(picture, order[sound].item<std::int64_t>());
  }
}
END_TEST

START_TEST(distances_that_are_not_finite_leave_the_pairs_as_they_are) {
  auto distances = at::ones({3, 3});
  distances[1][2] = NAN;
  const auto matches = cheapest_matches(distances, 2);
  ck_assert_uint_eq(matches.size(), 2);
  for (const auto& [sound, picture] : matches) ck_assert_int_eq(sound, picture);
}
END_TEST

START_TEST(a_sound_is_as_far_as_its_tokens_from_the_nearest_of_the_picture) {
  at::manual_seed(31);
  const auto audio = at::randn({3, 4, 6});
  const auto image = at::randn({2, 5, 6});
  const UniformTransport loss;
  const auto found = clip_distances(loss, audio, image);
  ck_assert_int_eq(found.size(0), 3);
  for (std::int64_t sound = 0; sound < 3; ++sound) {
    for (std::int64_t picture = 0; picture < 2; ++picture) {
      double sum = 0.0;
      for (std::int64_t token = 0; token < 4; ++token) {
        sum += (image[picture] - audio[sound][token]).square().sum(1).min().item<double>();
      }
      ck_assert_double_eq_tol(found[sound][picture].item<double>(), sum / 4, 1e-4);
    }
  }
  ck_assert_int_eq(clip_distances(loss, at::zeros({0, 1, 6}), image).size(0), 0);
}
END_TEST

// Sounds and pictures of things that are far from each other; sound i is of the thing that picture
// `shown[i]` shows.
struct Things {
  torch::Tensor audio;
  torch::Tensor image;
};

Things things(const std::vector<std::int64_t>& shown) {
  at::manual_seed(32);
  const auto places = 10 * at::randn({static_cast<std::int64_t>(shown.size()), 1, 8});
  const auto count = places.size(0);
  return {.audio =
              places.index_select(0, at::tensor(shown, at::kLong)) + 0.1 * at::randn({count, 3, 8}),
          .image = places + 0.1 * at::randn({count, 4, 8})};
}

START_TEST(sounds_find_the_pictures_that_show_them) {
  const Things batch = things({2, 0, 1, 3});
  UniformTransport loss;
  PairChoice choice({.pairing = "partial-transport"});
  choice.begin_epoch(1);
  const auto given = choice.terms(loss, batch.audio, batch.image, nullptr);
  choice.begin_epoch(2);
  const auto anew = choice.terms(loss, batch.audio, batch.image, nullptr);
  ck_assert_int_eq(anew.distances.size(0), 4);
  ck_assert_double_gt(given.distances.max().item<double>(), 10.0);
  ck_assert_double_lt(anew.distances.max().item<double>(), 1.0);
  ck_assert_double_eq(anew.figures.at("kept pairs"), 1.0);
  ck_assert_double_eq(anew.figures.at("new pairs"), 0.75);
}
END_TEST

START_TEST(pairs_that_do_not_fit_are_trimmed) {
  const Things batch = things({0, 1, 3, 2});
  UniformTransport loss;
  PairChoice choice({.trim = 0.5});
  choice.begin_epoch(1);
  ck_assert_int_eq(choice.terms(loss, batch.audio, batch.image, nullptr).distances.size(0), 4);
  choice.begin_epoch(5);
  auto audio = batch.audio.clone().set_requires_grad(true);
  const auto kept = choice.terms(loss, audio, batch.image, nullptr);
  ck_assert_int_eq(kept.distances.size(0), 2);
  ck_assert_double_lt(kept.distances.max().item<double>(), 1.0);
  ck_assert_double_eq(kept.figures.at("kept pairs"), 0.5);
  kept.mean().distance.backward();
  const auto moved = audio.grad().flatten(1).norm(2, {1});
  ck_assert(moved.narrow(0, 0, 2).gt(0).all().item<bool>());
  ck_assert_double_eq(moved.narrow(0, 2, 2).sum().item<double>(), 0.0);
}
END_TEST

START_TEST(choices_that_make_no_sense_are_refused) {
  const auto refused = [](const PairConfig& config) {
    return error_message_of<std::invalid_argument>([&] { PairChoice{config}; });
  };
  for (const double trim : {0.0, -0.5, 1.5, std::nan("")}) {
    expect_one_line_with(refused({.trim = trim}), "trim must be above 0 and at most 1");
  }
  expect_one_line_with(refused({.pairing = "best"}),
                       "pairing 'best' is neither given nor partial-transport");
}
END_TEST

// Three quarters of two are two, and one clip has none to be exchanged with.
START_TEST(batches_that_leave_nothing_to_choose_are_refused) {
  const auto refused = [](const PairConfig& config, std::int64_t clips) {
    return error_message_of<std::invalid_argument>([&] { PairChoice(config).check_batch(clips); });
  };
  expect_one_line_with(refused({.trim = 0.75}, 2), "trim 0.75 leaves out none of a batch of 2");
  expect_one_line_with(refused({.trim = 0.75}, 1), "trim 0.75 leaves out none of a batch of 1");
  PairChoice({.trim = 0.75}).check_batch(3);
  expect_one_line_with(refused({.pairing = "partial-transport"}, 1),
                       "a batch of 1 clip cannot be paired anew");
  PairChoice({.pairing = "partial-transport"}).check_batch(2);
  PairChoice({}).check_batch(1);
}
END_TEST

Suite* clip_pairs_suite() {
  Suite* suite = suite_create("clip pairs");
  TCase* pairs = tcase_create("pairs");
  tcase_add_test(pairs, the_share_falls_from_the_first_epoch_to_the_fifth);
  tcase_add_test(pairs, the_least_are_kept_in_their_order);
  tcase_add_test(pairs, what_is_not_a_number_is_kept);
  tcase_add_loop_test(pairs, matches_are_the_cheapest_of_all, 0, 6);
  tcase_add_test(pairs, large_batches_are_matched_too);
  tcase_add_test(pairs, distances_that_are_not_finite_leave_the_pairs_as_they_are);
  tcase_add_test(pairs, a_sound_is_as_far_as_its_tokens_from_the_nearest_of_the_picture);
  suite_add_tcase(suite, pairs);
  TCase* choices = tcase_create("choices");
  tcase_add_test(choices, sounds_find_the_pictures_that_show_them);
  tcase_add_test(choices, pairs_that_do_not_fit_are_trimmed);
  tcase_add_test(choices, choices_that_make_no_sense_are_refused);
  tcase_add_test(choices, batches_that_leave_nothing_to_choose_are_refused);
  suite_add_tcase(suite, choices);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::clip_pairs_suite());
}
