// SPDX-License-Identifier: LGPL-2.1-or-later
// Image tokens that are kept: never another's, never damaged ones, never more than there is room
// for, and never the end of a run.
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/training/logged_figures.h"
#include "tests/training/tiny_clips.h"
#include "training/data/image_tokens.h"
#include "training/data/token_cache.h"
#include "training/loop/training_loop.h"
#include "training/stages/align_stage.h"
#include "training/stages/prefix_stage.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr double kRoomForAll = 1.0;  // GiB

std::string key_of(int number) {
  std::string key(32, '0');
  key.back() = static_cast<char>('0' + number);
  return key;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  return {fs::directory_iterator(folder), fs::directory_iterator()};
}

// As if the entries had been used last a day ago.
void age_entries(const fs::path& folder) {
  for (const auto& file : files_in(folder)) {
    fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(24));
  }
}

// What `call` writes to standard error, without the end of its last line.
template <class Call>
std::string standard_error_of(Call call) {
  int ends[2] = {};
  ck_assert_int_eq(::pipe(ends), 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  call();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(ends[1]);
  std::string said(4096, '\0');  // less than a pipe holds
  said.resize(
      static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], said.data(), said.size()), 0)));
  ::close(ends[0]);
  if (said.ends_with('\n')) said.pop_back();
  return said;
}

torch::Tensor pictures(int count) {
  const int side = tiny_model_config().vision_tower.image_size_px;
  return formula_tensor({count, 3, side, side}, 1.0, 5.0);
}

START_TEST(what_is_kept_is_found_bit_by_bit) {
  const TemporaryDirectory folder;
  const auto single = at::randn({1, 7, 5});
  const auto half = at::randn({3}).to(at::kBFloat16);
  {
    TokenCache cache(folder / "deep" / "inside", kRoomForAll);
    cache.keep(key_of(1), single);
    cache.keep(key_of(2), half);
  }
  TokenCache again(folder / "deep" / "inside", kRoomForAll);
  ck_assert(again.find(key_of(1))->equal(single));
  ck_assert(again.find(key_of(2))->equal(half));
  ck_assert(!again.find(key_of(3)));
}
END_TEST

// Each changes the tower or the picture in one respect; the first one is the original.
struct Change {
  const char* name;
  void (*apply)(CaptioningModel& model, torch::Tensor& pixels);
};
const Change kChanges[] = {
    {"precision", [](CaptioningModel& model, torch::Tensor&) { model->to(at::kBFloat16); }},
    {"a weight",
     [](CaptioningModel& model, torch::Tensor&) {
       model->vision_tower->class_embedding.data().select(0, 0).add_(0x1p-20);
     }},
    {"a pixel", [](CaptioningModel&, torch::Tensor& pixels) { pixels.view({-1})[3] += 0x1p-20; }},
};

START_TEST(what_another_tower_or_picture_gave_is_not_found) {
  const Change& change = kChanges[_i];
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), kRoomForAll);
  auto pixels = pictures(1);
  ImageTokens(tiny_formula_model(), &cache).of(pixels);
  const auto kept = files_in(folder.path()).size();
  auto model = tiny_formula_model();
  change.apply(model, pixels);
  const auto found = ImageTokens(model, &cache).of(pixels);
  ck_assert_msg(files_in(folder.path()).size() == kept + 1, "%s", change.name);
  const c10::NoGradGuard no_gradients;
  ck_assert_msg(found.equal(model->image_tokens(pixels)), "%s", change.name);
}
END_TEST

START_TEST(a_layer_more_that_is_read_is_another_tower) {
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), kRoomForAll);
  ModelConfig config = tiny_model_config();
  CaptioningModel deep(config);
  set_formula_weights(*deep);
  ImageTokens(deep, &cache).of(pictures(1));
  --config.vision_tower.feature_layers;
  CaptioningModel shallow(config);
  set_formula_weights(*shallow);
  ImageTokens(shallow, &cache).of(pictures(1));
  ck_assert_uint_eq(files_in(folder.path()).size(), 2);
}
END_TEST

START_TEST(tokens_are_the_same_with_a_cache_and_without) {
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), kRoomForAll);
  const auto model = tiny_formula_model();
  const auto pixels = pictures(5);
  const auto expected = ImageTokens(model).of(pixels);
  ck_assert(ImageTokens(model, &cache).of(pixels).equal(expected));
  ck_assert_uint_eq(files_in(folder.path()).size(), 5);
  // In another order and other company.
  const auto some = at::tensor({4, 1}, at::kLong);
  ck_assert(ImageTokens(model, &cache)
                .of(pixels.index_select(0, some))
                .equal(expected.index_select(0, some)));
  ck_assert_uint_eq(files_in(folder.path()).size(), 5);
}
END_TEST

void flip_a_bit(const fs::path& path, std::int64_t place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(place);
  const char byte = static_cast<char>(file.get());
  file.seekp(place);
  file.put(static_cast<char>(byte ^ 1));
}

START_TEST(a_damaged_entry_is_computed_anew_and_named) {
  const TemporaryDirectory folder;
  const auto tokens = at::randn({1, 7, 5});
  TokenCache(folder.path(), kRoomForAll).keep(key_of(1), tokens);
  const auto file = files_in(folder.path()).front();
  const auto whole = static_cast<std::int64_t>(fs::file_size(file));
  for (std::int64_t place = 0; place < whole + 3; ++place) {
    switch (place - whole) {
      case 0:
        fs::resize_file(file, static_cast<std::uintmax_t>(whole - 1));
        break;
      case 1:
        fs::resize_file(file, 0);
        break;
      case 2:
        std::ofstream(file, std::ios::app) << "more";
        break;
      default:
        flip_a_bit(file, place);
    }
    TokenCache cache(folder.path(), kRoomForAll);
    const std::string said = standard_error_of([&] { ck_assert(!cache.find(key_of(1))); });
    expect_one_line_with(said, file.string() + ": is damaged");
    cache.keep(key_of(1), tokens);
    ck_assert(cache.find(key_of(1))->equal(tokens));
  }
}
END_TEST

START_TEST(an_entry_under_anothers_name_is_none) {
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), kRoomForAll);
  cache.keep(key_of(1), at::randn({4}));
  fs::rename(folder / (key_of(1) + ".tokens"), folder / (key_of(2) + ".tokens"));
  ck_assert(!cache.find(key_of(2)));
}
END_TEST

// Of 1000 bytes of numbers each; the bound has room for three.
START_TEST(old_entries_make_room_and_those_of_this_run_stay) {
  const TemporaryDirectory folder;
  const auto tokens = at::randn({250});
  const double room = 3.3e3 / (1024.0 * 1024.0 * 1024.0);
  {
    TokenCache cache(folder.path(), room);
    for (int i = 1; i <= 3; ++i) cache.keep(key_of(i), tokens);
  }
  write_file(folder / "not_an_entry.txt", "stays");
  age_entries(folder.path());
  TokenCache cache(folder.path(), room);
  ck_assert(cache.find(key_of(1)).has_value());  // used again
  cache.keep(key_of(4), tokens);
  cache.keep(key_of(5), tokens);
  ck_assert(!cache.find(key_of(2)) && !cache.find(key_of(3)));
  const std::string said = standard_error_of([&] {
    cache.keep(key_of(6), tokens);
    cache.keep(key_of(7), tokens);
  });
  expect_one_line_with(said, "is full");
  for (const int kept : {1, 4, 5}) ck_assert(cache.find(key_of(kept)).has_value());
  for (const int left_out : {6, 7}) ck_assert(!cache.find(key_of(left_out)));
  ck_assert(fs::exists(folder / "not_an_entry.txt"));
  ck_assert_double_le(static_cast<double>(cache.bytes()), 3.3e3);
}
END_TEST

// A file that may grow no further fails as one on a full disk does.
START_TEST(a_disk_without_room_is_said_once_and_ends_nothing) {
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), kRoomForAll);
  cache.keep(key_of(1), at::randn({10}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 500;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string said = standard_error_of([&] {
    cache.keep(key_of(2), at::randn({1000}));
    cache.keep(key_of(3), at::randn({1000}));
  });
  setrlimit(RLIMIT_FSIZE, &before);
  expect_one_line_with(said, "no more tokens are kept");
  ck_assert(cache.find(key_of(1)).has_value());
  ck_assert(!cache.find(key_of(2)) && !cache.find(key_of(3)));
  ck_assert_uint_eq(files_in(folder.path()).size(), 1);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named) {
  const TemporaryDirectory folder;
  write_file(folder / "file", "");
  const auto message = error_message_of<std::runtime_error>(
      [&] { TokenCache(folder / "file" / "cache", kRoomForAll); });
  expect_one_line_with(message, (folder / "file" / "cache").string() + ": cannot keep tokens");
}
END_TEST

std::vector<double> losses_of_align(const fs::path& clips_folder, double memory,
                                    TokenCache* cache) {
  const TemporaryDirectory out;
  const ClipSet clips = tiny_clips(clips_folder, memory);
  AlignStage stage(tiny_formula_model(), clips, &clips, {.loss = "ot"}, /*seed=*/3, cache);
  train(stage, {.epochs = 4, .batch_size = 3}, out.path());
  auto figures = logged(out.path(), "step", "loss");
  const auto distances = logged(out.path(), "validation", "distance");
  figures.insert(figures.end(), distances.begin(), distances.end());
  return figures;
}

// Read from the disk or held in memory; the second run finds what the first one kept.
START_TEST(alignment_goes_the_same_way_with_a_cache) {
  const double memory = _i == 0 ? kFromDisk : kInMemory;
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const auto expected = losses_of_align(folder.path(), memory, nullptr);
  TokenCache cache(folder / "cache", kRoomForAll);
  ck_assert(losses_of_align(folder.path(), memory, &cache) == expected);
  const auto kept = files_in(folder / "cache").size();
  ck_assert_uint_le(kept, static_cast<std::size_t>(kTinyClips) * kTinyFrames);
  ck_assert(losses_of_align(folder.path(), memory, &cache) == expected);
  ck_assert_uint_eq(files_in(folder / "cache").size(), kept);
}
END_TEST

START_TEST(prefix_tuning_goes_the_same_way_with_a_cache) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  write_tiny_tokenizer(folder / "tokenizer.model");
  const Tokenizer tokenizer(folder / "tokenizer.model");
  const ClipSet clips = tiny_clips(folder.path());
  TokenCache cache(folder / "cache", kRoomForAll);
  const auto losses = [&](TokenCache* kept) {
    const TemporaryDirectory out;
    at::manual_seed(1);
    PrefixStage stage(tiny_formula_model(), tokenizer, clips, References::of_clips(clips.clips()),
                      {.prefix_tokens = 2, .pairs = 4}, /*seed=*/3, kept);
    train(stage, {.epochs = 3, .batch_size = 2}, out.path());
    return logged(out.path(), "step", "loss");
  };
  const auto expected = losses(nullptr);
  ck_assert(losses(&cache) == expected);
  ck_assert_uint_eq(files_in(folder / "cache").size(), 4);
  ck_assert(losses(&cache) == expected);
}
END_TEST

Suite* token_cache_suite() {
  Suite* suite = suite_create("token cache");
  TCase* cache = tcase_create("cache");
  tcase_add_test(cache, what_is_kept_is_found_bit_by_bit);
  tcase_add_loop_test(cache, what_another_tower_or_picture_gave_is_not_found, 0,
                      static_cast<int>(std::size(kChanges)));
  tcase_add_test(cache, a_layer_more_that_is_read_is_another_tower);
  tcase_add_test(cache, tokens_are_the_same_with_a_cache_and_without);
  tcase_add_test(cache, a_damaged_entry_is_computed_anew_and_named);
  tcase_add_test(cache, an_entry_under_anothers_name_is_none);
  tcase_add_test(cache, old_entries_make_room_and_those_of_this_run_stay);
  tcase_add_test(cache, a_disk_without_room_is_said_once_and_ends_nothing);
  tcase_add_test(cache, a_folder_that_cannot_be_made_is_named);
  tcase_add_loop_test(cache, alignment_goes_the_same_way_with_a_cache, 0, 2);
  tcase_add_test(cache, prefix_tuning_goes_the_same_way_with_a_cache);
  suite_add_tcase(suite, cache);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::token_cache_suite());
}
