// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <nlohmann/json.hpp>

#include "model/weights/model_config_json.h"
#include "model/weights/model_directory.h"
#include "model/weights/strict_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_model.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// A complete model in `directory`/name with two small tensors, which nobody loads into a module.
fs::path write_model(const TemporaryDirectory& directory, const char* name) {
  write_file(directory / "some-tokenizer", "words");
  write_model_directory(directory / name, tiny_model_config(),
                        {{"a", at::arange(3)}, {"b", at::full({2}, 1.5)}},
                        directory / "some-tokenizer");
  return directory / name;
}

std::string open_error(const fs::path& path) {
  return error_message_of([&] { open_model_directory(path); });
}

START_TEST(what_is_written_is_opened_again) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  const ModelFiles files = open_model_directory(model);
  ck_assert(model_config_to_json(files.config) == model_config_to_json(tiny_model_config()));
  ck_assert_uint_eq(files.tensors.size(), 2);
  ck_assert(at::equal(files.tensors.at("a"), at::arange(3)));
  ck_assert(files.tokenizer == model / "tokenizer.model");
  ck_assert(read_text_file(files.tokenizer, 100) == "words");
}
END_TEST

START_TEST(rewriting_replaces_the_weights_and_leaves_other_files) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  write_file(model / "metrics.jsonl", "{}\n");
  save_safetensors(model / "model-00001-of-00001.safetensors", {{"old", at::arange(2)}});
  write_file(model / "model.safetensors.index.json", R"({"weight_map": {}})");
  write_model_directory(model, tiny_model_config(), {{"new", at::arange(4)}},
                        model / "tokenizer.model");
  const ModelFiles files = open_model_directory(model);
  ck_assert_uint_eq(files.tensors.size(), 1);
  ck_assert(files.tensors.contains("new"));
  ck_assert(fs::exists(model / "metrics.jsonl"));
}
END_TEST

START_TEST(an_overlay_lies_over_its_base) {
  const TemporaryDirectory directory;
  const fs::path base = write_model(directory, "base");
  ModelConfig config = tiny_model_config();
  config.prefix_tokens = 4;
  config.prompt.question = "Which sound?";
  write_model_overlay(directory / "overlay", config, {{"b", at::full({2}, 7.0)}}, base);

  const ModelFiles files = open_model_directory(directory / "overlay");
  ck_assert(model_config_to_json(files.config) == model_config_to_json(config));
  ck_assert(at::equal(files.tensors.at("a"), at::arange(3)));
  ck_assert(at::equal(files.tensors.at("b"), at::full({2}, 7.0)));
  ck_assert(fs::equivalent(files.tokenizer, base / "tokenizer.model"));

  const std::string stored = read_strict_json(directory / "overlay" / "config.json").dump();
  ck_assert_str_eq(stored.c_str(),
                   R"({"base":"../base","prefix_tokens":4,"prompt":{"question":"Which sound?"}})");
}
END_TEST

START_TEST(classes_are_those_of_the_uppermost_directory_that_has_any) {
  const TemporaryDirectory directory;
  const fs::path base = write_model(directory, "base");
  ck_assert(open_model_directory(base).source_classes == nullptr);
  write_file(base / "classes.json", R"({"ambulance": ["ambulance", "siren"]})");
  write_model_overlay(directory / "overlay", tiny_model_config(), {}, base);
  const auto classes = open_model_directory(directory / "overlay").source_classes;
  ck_assert(*classes == SourceClasses({{"ambulance", {"ambulance", "siren"}}}));
  write_file(directory / "overlay" / "classes.json", R"({"dog": ["dog"]})");
  ck_assert(open_model_directory(directory / "overlay").source_classes->contains("dog"));
}
END_TEST

START_TEST(broken_classes_are_refused_in_one_line_that_names_them) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  struct Case {
    const char* text;
    const char* said;
  };
  for (const Case& row : {Case{"[]", "classes.json: not a JSON object of classes"},
                          Case{"{}", "classes.json: not a JSON object of classes"},
                          Case{R"({"dog": "dog"})", "class 'dog' is not an array of words"},
                          Case{R"({"dog": []})", "class 'dog' is not an array of words"},
                          Case{R"({"dog": ["dog", 1]})", "class 'dog' is not an array of words"},
                          Case{R"({"dog": [""]})", "class 'dog' is not an array of words"},
                          Case{R"({"dog": ["dog"], "dog": ["cat"]})", "classes.json: "},
                          Case{"{", "classes.json: "}}) {
    write_file(model / "classes.json", row.text);
    expect_one_line_with(open_error(model), row.said);
  }
}
END_TEST

START_TEST(an_overlay_without_prefix_or_projector_for_sound_leaves_its_bases_out) {
  const TemporaryDirectory directory;
  ModelConfig config = tiny_model_config();
  config.prefix_tokens = 4;
  config.has_audio_projector = true;
  write_file(directory / "some-tokenizer", "words");
  const TensorMap tensors = {{"a", at::arange(3)},
                             {"audio_projector.first.weight", at::arange(3)},
                             {"prefix", at::arange(4)}};
  write_model_directory(directory / "base", config, tensors, directory / "some-tokenizer");

  fs::create_directories(directory / "plain");
  write_file(directory / "plain/config.json",
             R"({"base": "../base", "prefix_tokens": 0, "has_audio_projector": false})");
  ck_assert_uint_eq(open_model_directory(directory / "plain").tensors.size(), 1);

  // Its own would be a mistake, which is told when it is loaded.
  save_safetensors(directory / "plain/model.safetensors", {{"prefix", at::arange(4)}});
  ck_assert(open_model_directory(directory / "plain").tensors.contains("prefix"));
}
END_TEST

START_TEST(overlays_stack_and_move_together) {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "here");
  const fs::path base = write_model(directory, "here/base");
  write_model_overlay(directory / "here/one", tiny_model_config(), {{"a", at::arange(5)}}, base);
  write_model_overlay(directory / "here/two", tiny_model_config(), {{"b", at::arange(6)}},
                      directory / "here/one");
  fs::rename(directory / "here", directory / "there");
  const ModelFiles files = open_model_directory(directory / "there/two");
  ck_assert_int_eq(files.tensors.at("a").numel(), 5);
  ck_assert_int_eq(files.tensors.at("b").numel(), 6);
}
END_TEST

START_TEST(an_index_says_which_file_holds_a_tensor) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  fs::remove(model / "model.safetensors");
  save_safetensors(model / "one.safetensors", {{"a", at::arange(2)}, {"left over", at::arange(1)}});
  save_safetensors(model / "two.safetensors", {{"b", at::arange(3)}});
  write_file(model / "model.safetensors.index.json",
             R"({"metadata": {"total_size": 1},
                 "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}})");
  const ModelFiles files = open_model_directory(model);
  ck_assert_uint_eq(files.tensors.size(), 2);
  ck_assert_int_eq(files.tensors.at("b").numel(), 3);
}
END_TEST

START_TEST(a_broken_index_is_refused_in_one_line_that_names_it) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  const struct {
    const char* index;
    const char* message;
  } rows[] = {
      {"[]", "weight_map"},
      {"{}", "weight_map"},
      {R"({"weight_map": []})", "weight_map"},
      {R"({"weight_map": {"a": 7}})", "'a'"},
      {R"({"weight_map": {"a": "../model/model.safetensors"}})", "beside the index"},
      {R"({"weight_map": {"a": "/etc/passwd"}})", "beside the index"},
      {R"({"weight_map": {"a": "none.safetensors"}})", "none.safetensors"},
      {R"({"weight_map": {"c": "model.safetensors"}})", "'c'"},
      {R"({"weight_map": {)", "not valid JSON"},
  };
  for (const auto& row : rows) {
    write_file(model / "model.safetensors.index.json", row.index);
    expect_one_line_with(open_error(model), row.message);
    expect_one_line_with(open_error(model), model.string());
  }
}
END_TEST

START_TEST(one_tensor_in_two_files_is_refused) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  save_safetensors(model / "more.safetensors", {{"b", at::arange(3)}});
  expect_one_line_with(open_error(model), "'b'");
}
END_TEST

START_TEST(a_broken_configuration_is_refused_in_one_line_that_names_it) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  const std::string deep = std::string(100'000, '[');
  const struct {
    std::string config;
    const char* message;
  } rows[] = {
      {"", "not valid JSON"},
      {"{\n", "not valid JSON"},
      {std::string("{\"name\": \"\xff\"}"), "not valid JSON"},
      {"[]", "not a JSON object"},
      {deep, "nested deeper"},
      {R"({"name": "a", "name": "b"})", "twice"},
      {R"({"decodr": {}})", "'decoder'"},
      {R"({"decoder": {"layers": 2000000000}})", "decoder.layers"},
      {R"({"decoder": {"width": 99999999999999999999}})", "decoder.width"},
      {R"({"decoder": {"rope_theta": 1e999}})", "out of range"},
      {R"({"base": 7})", "base"},
      {R"({"base": ""})", "base"},
      {R"({"base": "none"})", "none: no such model directory"},
      {R"({"base": "."})", "leads back"},
  };
  for (const auto& row : rows) {
    write_file(model / "config.json", row.config);
    expect_one_line_with(open_error(model), row.message);
    expect_one_line_with(open_error(model), model.string());
  }
}
END_TEST

START_TEST(a_base_that_leads_back_is_refused) {
  const TemporaryDirectory directory;
  const fs::path base = write_model(directory, "base");
  write_model_overlay(directory / "one", tiny_model_config(), {}, base);
  write_model_overlay(directory / "two", tiny_model_config(), {}, directory / "one");
  write_file(base / "config.json", R"({"base": "../two"})");
  expect_one_line_with(open_error(directory / "two"), "leads back");
}
END_TEST

START_TEST(an_error_in_a_base_names_the_base) {
  const TemporaryDirectory directory;
  const fs::path base = write_model(directory, "base");
  write_model_overlay(directory / "overlay", tiny_model_config(), {}, base);
  write_file(base / "config.json", R"({"decodr": {}})");
  expect_one_line_with(open_error(directory / "overlay"), "base/config.json: unknown key");
}
END_TEST

START_TEST(a_missing_file_is_named) {
  const TemporaryDirectory directory;
  expect_one_line_with(open_error(directory / "none"), "none: no such model directory");
  const fs::path model = write_model(directory, "model");
  fs::remove(model / "tokenizer.model");
  expect_one_line_with(open_error(model), "tokenizer.model: no such file");
  fs::remove(model / "config.json");
  expect_one_line_with(open_error(model), "config.json: no such file");
}
END_TEST

START_TEST(a_cut_weight_file_is_named) {
  const TemporaryDirectory directory;
  const fs::path model = write_model(directory, "model");
  fs::resize_file(model / "model.safetensors", fs::file_size(model / "model.safetensors") - 1);
  expect_one_line_with(open_error(model), "model.safetensors");
}
END_TEST

START_TEST(what_cannot_be_written_leaves_no_model) {
  const TemporaryDirectory directory;
  expect_one_line_with(error_message_of([&] {
                         write_model_directory(directory / "model", tiny_model_config(), {},
                                               directory / "no-tokenizer");
                       }),
                       "no-tokenizer");
  ModelConfig invalid = tiny_model_config();
  invalid.decoder.heads = 3;
  write_file(directory / "some-tokenizer", "words");
  error_message_of<std::invalid_argument>([&] {
    write_model_directory(directory / "model", invalid, {}, directory / "some-tokenizer");
  });
  ck_assert(!fs::exists(directory / "model" / "config.json"));
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("model-directory");
  TCase* directories = tcase_create("directories");
  tcase_add_test(directories, what_is_written_is_opened_again);
  tcase_add_test(directories, rewriting_replaces_the_weights_and_leaves_other_files);
  tcase_add_test(directories, an_overlay_lies_over_its_base);
  tcase_add_test(directories, classes_are_those_of_the_uppermost_directory_that_has_any);
  tcase_add_test(directories, broken_classes_are_refused_in_one_line_that_names_them);
  tcase_add_test(directories,
                 an_overlay_without_prefix_or_projector_for_sound_leaves_its_bases_out);
  tcase_add_test(directories, overlays_stack_and_move_together);
  tcase_add_test(directories, an_index_says_which_file_holds_a_tensor);
  tcase_add_test(directories, what_cannot_be_written_leaves_no_model);
  suite_add_tcase(suite, directories);
  TCase* hostile = tcase_create("hostile");
  tcase_add_test(hostile, a_broken_index_is_refused_in_one_line_that_names_it);
  tcase_add_test(hostile, one_tensor_in_two_files_is_refused);
  tcase_add_test(hostile, a_broken_configuration_is_refused_in_one_line_that_names_it);
  tcase_add_test(hostile, a_base_that_leads_back_is_refused);
  tcase_add_test(hostile, an_error_in_a_base_names_the_base);
  tcase_add_test(hostile, a_missing_file_is_named);
  tcase_add_test(hostile, a_cut_weight_file_is_named);
  suite_add_tcase(suite, hostile);
  return run_suite(suite);
}
