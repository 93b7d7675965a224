// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user reads when a model directory is cut, forged or broken: one line that names the file.
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/captioner/captioner.h"
#include "model/captioner/captioning_model.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"
#include "model/weights/strict_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_tokenizer.h"

namespace dali {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLongestFile = 1 << 20;
constexpr std::size_t kLengthBytes = 8;

// A model directory that is whole until a test breaks it.
struct Victim {
  Victim() {
    write_tiny_tokenizer(directory / "tokenizer");
    const CaptioningModel model(tiny_model_config());
    tensors = weights_of(*model);
    mend();
    weights_bytes = read_text_file(weights(), kLongestFile);
  }
  void mend() const {
    write_model_directory(path(), tiny_model_config(), tensors, directory / "tokenizer");
  }
  void store(const TensorMap& other) const { save_safetensors(weights(), other); }

  // The weight file with another header before the same data.
  void store_with_header(const json& header) const {
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    std::string bytes(kLengthBytes, '\0');
    std::memcpy(bytes.data(), &length, kLengthBytes);
    write_file(weights(), bytes + text + weights_bytes.substr(kLengthBytes + header_length()));
  }
  json header() const { return json::parse(weights_bytes.substr(kLengthBytes, header_length())); }
  std::size_t header_length() const {
    std::uint64_t length = 0;
    std::memcpy(&length, weights_bytes.data(), kLengthBytes);
    return length;
  }

  std::shared_ptr<Captioner> load() const { return Captioner::load(path(), {.device = "cpu"}); }
  // Fails the test unless loading ends with one line that names `file` and says `part`.
  void expect_refused(const fs::path& file, const std::string& part) const {
    const auto message = error_message_of<CaptionError>([&] { load(); });
    expect_one_line_with(message, file.string());
    expect_one_line_with(message, part);
  }

  fs::path path() const { return directory / "model"; }
  fs::path config() const { return path() / "config.json"; }
  fs::path tokenizer() const { return path() / "tokenizer.model"; }
  fs::path weights() const { return path() / "model.safetensors"; }

  TemporaryDirectory directory;
  TensorMap tensors;
  std::string weights_bytes;
};

START_TEST(a_weight_file_that_is_cut_short_is_refused) {
  const Victim victim;
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{7}, kLengthBytes, std::size_t{100},
        kLengthBytes + victim.header_length(), victim.weights_bytes.size() / 2,
        victim.weights_bytes.size() - 1}) {
    write_file(victim.weights(), victim.weights_bytes.substr(0, bytes));
    victim.expect_refused(victim.weights(), ": ");
  }
}
END_TEST

START_TEST(a_header_length_beyond_the_file_is_refused) {
  const Victim victim;
  for (const std::uint64_t length :
       {std::uint64_t{victim.weights_bytes.size()}, std::uint64_t{1} << 40,
        std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes = victim.weights_bytes;
    std::memcpy(bytes.data(), &length, kLengthBytes);
    write_file(victim.weights(), bytes);
    victim.expect_refused(victim.weights(), "beyond the file");
  }
}
END_TEST

START_TEST(tensors_that_overlap_are_refused) {
  const Victim victim;
  json header = victim.header();
  // Its data begin within those of the tensor before it.
  for (auto& offset : header["vision_tower.class_embedding"]["data_offsets"]) {
    offset = offset.get<std::int64_t>() - 4;
  }
  victim.store_with_header(header);
  victim.expect_refused(victim.weights(), "'vision_tower.class_embedding' overlaps");
}
END_TEST

START_TEST(offsets_beyond_the_file_are_refused) {
  const Victim victim;
  json header = victim.header();
  auto& offsets = header["vision_tower.class_embedding"]["data_offsets"];
  for (const std::int64_t far : {std::int64_t{1} << 30, std::int64_t{1} << 62}) {
    offsets = {far, far + 4};
    victim.store_with_header(header);
    victim.expect_refused(victim.weights(), "cut short");
  }
}
END_TEST

START_TEST(a_tensor_of_a_wrong_shape_is_refused) {
  const Victim victim;
  TensorMap tensors = victim.tensors;
  tensors["decoder.final_norm.weight"] = at::full({17}, 1.0);
  victim.store(tensors);
  victim.expect_refused(victim.weights(),
                        "'decoder.final_norm.weight' has shape [17], the configuration wants [16]");
}
END_TEST

START_TEST(a_missing_tensor_is_named) {
  const Victim victim;
  TensorMap tensors = victim.tensors;
  tensors.erase("decoder.final_norm.weight");
  victim.store(tensors);
  victim.expect_refused(victim.path(), "missing 'decoder.final_norm.weight'");
}
END_TEST

START_TEST(a_tensor_that_the_configuration_does_not_know_is_refused) {
  const Victim victim;
  TensorMap tensors = victim.tensors;
  tensors["decoder.surprise"] = at::full({2}, 1.0);
  victim.store(tensors);
  victim.expect_refused(victim.weights(), "no place for 'decoder.surprise'");
}
END_TEST

START_TEST(weights_that_are_not_finite_are_refused) {
  const Victim victim;
  for (const double wrong :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    TensorMap tensors = victim.tensors;
    tensors["prefix"] = at::full({2, 16}, wrong);
    victim.store(tensors);
    victim.expect_refused(victim.weights(), "'prefix' holds NaN or an infinity");
  }
}
END_TEST

START_TEST(weights_too_large_for_the_precision_are_refused) {
  const Victim victim;
  TensorMap tensors = victim.tensors;
  tensors["prefix"] = at::full({2, 16}, 1e300, at::kDouble);
  victim.store(tensors);
  victim.expect_refused(victim.weights(), "'prefix' holds a number too large for Float");
}
END_TEST

START_TEST(a_fault_in_an_overlay_names_the_file_of_the_overlay_or_of_its_base) {
  const Victim victim;
  const fs::path overlay = victim.directory / "overlay";
  const at::Tensor nan = at::full({2, 16}, std::numeric_limits<double>::quiet_NaN());
  const auto expect_named = [&](const fs::path& file) {
    expect_one_line_with(error_message_of<CaptionError>([&] { Captioner::load(overlay); }),
                         file.string() + ": tensor 'prefix'");
  };
  write_model_overlay(overlay, tiny_model_config(), {{"prefix", nan}}, victim.path());
  expect_named(overlay / "model.safetensors");

  write_model_overlay(overlay, tiny_model_config(), {}, victim.path());
  TensorMap tensors = victim.tensors;
  tensors["prefix"] = nan;
  victim.store(tensors);
  expect_named(overlay / "../model/model.safetensors");
}
END_TEST

START_TEST(bad_json_is_refused_in_every_file_that_holds_some) {
  const Victim victim;
  for (const char* text : {"", "{", "[1,", "{\"name\": tiny}", "\xff\xfe", "{} {}"}) {
    write_file(victim.config(), text);
    victim.expect_refused(victim.config(), "not valid JSON");
    victim.mend();
    write_file(victim.path() / "model.safetensors.index.json", text);
    victim.expect_refused(victim.path() / "model.safetensors.index.json", "not valid JSON");
    victim.mend();
  }
  std::string bytes = victim.weights_bytes;
  bytes[kLengthBytes + 1] = '\'';
  write_file(victim.weights(), bytes);
  victim.expect_refused(victim.weights(), "not valid JSON");
}
END_TEST

START_TEST(a_configuration_out_of_range_is_refused) {
  const Victim victim;
  const struct {
    const char* config;
    const char* message;
  } rows[] = {
      {R"({"decoder": {"layers": 1000000000}})", "decoder.layers"},
      {R"({"decoder": {"heads": 0}})", "decoder.heads"},
      {R"({"audio_tower": {"patch_size": -16}})", "audio_tower.patch_size"},
      {R"({"vision_tower": {"image_size_px": 2147483647}})", "vision_tower.image_size_px"},
      {R"({"base": "."})", "leads back"},
  };
  for (const auto& row : rows) {
    write_file(victim.config(), row.config);
    victim.expect_refused(victim.path(), row.message);
  }
}
END_TEST

START_TEST(a_tokenizer_that_is_cut_short_is_refused) {
  const Victim victim;
  const std::string bytes = read_text_file(victim.tokenizer(), kLongestFile);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(victim.tokenizer(), bytes.substr(0, length));
    victim.expect_refused(victim.tokenizer(), ": ");
  }
}
END_TEST

// Most of them are refused; those that change a number, a name or a letter of the prompt load.
START_TEST(a_changed_byte_is_refused_in_one_line_or_loads_but_never_crashes) {
  const Victim victim;
  const std::size_t header_end = kLengthBytes + victim.header_length();
  const struct {
    fs::path file;
    std::size_t checked_bytes;
    std::size_t stride;
  } rows[] = {{victim.config(), kLongestFile, 11}, {victim.weights(), header_end, 53}};
  for (const auto& row : rows) {
    const std::string bytes = read_text_file(row.file, kLongestFile);
    for (std::size_t at = 0; at < std::min(bytes.size(), row.checked_bytes); at += row.stride) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      write_file(row.file, changed);
      try {
        victim.load();
      } catch (const CaptionError& error) {
        expect_one_line_with(error.what(), victim.path().string());
      }
    }
    victim.mend();
  }
}
END_TEST

START_TEST(weights_that_are_finite_but_huge_end_in_a_caption_or_one_line) {
  const Victim victim;
  TensorMap tensors = victim.tensors;
  for (auto& [name, tensor] : tensors) {
    tensor = at::full(tensor.sizes(), std::numeric_limits<float>::max());
  }
  victim.store(tensors);
  const auto captioner = victim.load();
  const std::vector<float> sound(16000, 0.5f);
  for (const double temperature : {0.0, 1.0}) {
    expect_one_line_with(error_message_of<CaptionError>([&] {
                           captioner->describe({.audio = sound, .frame = std::nullopt},
                                               {.temperature = temperature}, {});
                         }),
                         "not finite");
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("hostile-models");
  TCase* weights = tcase_create("weights");
  tcase_add_test(weights, a_weight_file_that_is_cut_short_is_refused);
  tcase_add_test(weights, a_header_length_beyond_the_file_is_refused);
  tcase_add_test(weights, tensors_that_overlap_are_refused);
  tcase_add_test(weights, offsets_beyond_the_file_are_refused);
  tcase_add_test(weights, a_tensor_of_a_wrong_shape_is_refused);
  tcase_add_test(weights, a_missing_tensor_is_named);
  tcase_add_test(weights, a_tensor_that_the_configuration_does_not_know_is_refused);
  tcase_add_test(weights, weights_that_are_not_finite_are_refused);
  tcase_add_test(weights, weights_too_large_for_the_precision_are_refused);
  tcase_add_test(weights, a_fault_in_an_overlay_names_the_file_of_the_overlay_or_of_its_base);
  tcase_add_test(weights, weights_that_are_finite_but_huge_end_in_a_caption_or_one_line);
  suite_add_tcase(suite, weights);
  TCase* files = tcase_create("files");
  tcase_add_test(files, bad_json_is_refused_in_every_file_that_holds_some);
  tcase_add_test(files, a_configuration_out_of_range_is_refused);
  tcase_add_test(files, a_tokenizer_that_is_cut_short_is_refused);
  tcase_add_test(files, a_changed_byte_is_refused_in_one_line_or_loads_but_never_crashes);
  suite_add_tcase(suite, files);
  return run_suite(suite);
}
