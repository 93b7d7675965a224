// SPDX-License-Identifier: LGPL-2.1-or-later
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/base/model_config.h"
#include "model/weights/model_config_json.h"
#include "model/weights/strict_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/tiny_model.h"

namespace dali {
namespace {

START_TEST(the_published_model_and_a_tiny_one_are_valid) {
  validate(ModelConfig{});
  validate(tiny_model_config());
}
END_TEST

START_TEST(a_configuration_survives_the_way_through_json) {
  ModelConfig config = tiny_model_config();
  config.name = "Käfer";
  config.vision_tower.mean = {0.25, 0.5, 0.75};
  config.sampling.top_p = 0.875;
  config.has_audio_projector = true;
  config.audiovisual = AudiovisualProjection::kTunedBoth;
  config.prefix_use = PrefixUse::kNever;
  const nlohmann::json document = model_config_to_json(config);
  const ModelConfig read =
      model_config_from_json(parse_strict_json(document.dump(), "config.json"), "config.json");
  ck_assert(model_config_to_json(read) == document);
  ck_assert_str_eq(read.name.c_str(), "Käfer");
  ck_assert_int_eq(read.decoder.kv_heads, 2);
  ck_assert(read.vision_tower.mean == config.vision_tower.mean);
  ck_assert(read.has_audio_projector);
  ck_assert(read.audiovisual == AudiovisualProjection::kTunedBoth);
  ck_assert(read.prefix_use == PrefixUse::kNever);
}
END_TEST

START_TEST(what_json_leaves_out_keeps_its_default) {
  const auto config = model_config_from_json(
      nlohmann::json::parse(R"({"decoder": {"layers": 3}, "prefix_tokens": 16})"), "config.json");
  ck_assert_int_eq(config.decoder.layers, 3);
  ck_assert_int_eq(config.decoder.width, 4096);
  ck_assert_int_eq(config.prefix_tokens, 16);
  ck_assert(config.audiovisual == AudiovisualProjection::kOriginal);
  ck_assert(config.prefix_use == PrefixUse::kAuto);
}
END_TEST

START_TEST(a_wrong_key_or_type_is_refused_by_name) {
  const struct {
    const char* json;
    const char* message;
  } rows[] = {
      {"[]", "not a JSON object"},
      {R"({"decodr": {}})", "'decoder'"},
      {R"({"decoder": {"kvheads": 2}})", "'decoder.kv_heads'"},
      {R"({"decoder": 7})", "decoder must be an object"},
      {R"({"decoder": {"layers": "7"}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"layers": 7.0}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"layers": 4294967297}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"layers": 18446744073709551615}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"layers": -4294967297}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"layers": null}})", "decoder.layers must be an integer"},
      {R"({"decoder": {"rope_theta": "x"}})", "decoder.rope_theta must be a number"},
      {R"({"vision_tower": {"mean": [1, 2]}})", "vision_tower.mean must be a list of 3 numbers"},
      {R"({"has_audio_projector": 1})", "has_audio_projector must be true or false"},
      {R"({"name": 1})", "name must be text"},
      {R"({"audiovisual": "both"})",
       "audiovisual must be one of original, tuned-audio, tuned-both"},
      {R"({"audiovisual": 2})", "audiovisual must be one of"},
      {R"({"prefix_use": true})", "prefix_use must be one of auto, always, never"},
  };
  for (const auto& row : rows) {
    const auto message = error_message_of<std::invalid_argument>(
        [&] { model_config_from_json(nlohmann::json::parse(row.json), "some/config.json"); });
    expect_one_line_with(message, row.message);
    expect_one_line_with(message, "some/config.json: ");
  }
}
END_TEST

START_TEST(a_dimension_that_cannot_be_is_refused_by_name) {
  using Change = std::function<void(ModelConfig&)>;
  const struct {
    const char* field;
    Change change;
  } rows[] = {
      {"spectrogram.mel_bins", [](auto& c) { c.spectrogram.mel_bins = 0; }},
      {"spectrogram.mel_bins", [](auto& c) { c.spectrogram.mel_bins = 33; }},
      {"spectrogram.frames", [](auto& c) { c.spectrogram.frames = 2'000'000'000; }},
      {"spectrogram.deviation", [](auto& c) { c.spectrogram.deviation = 0; }},
      {"audio_tower.width", [](auto& c) { c.audio_tower.width = 17; }},
      {"audio_tower.width", [](auto& c) { c.audio_tower.width = 2'147'483'644; }},
      {"audio_tower.heads", [](auto& c) { c.audio_tower.heads = 0; }},
      {"audio_tower.layers", [](auto& c) { c.audio_tower.layers = -1; }},
      {"audio_tower.layers", [](auto& c) { c.audio_tower.layers = 2'000'000'000; }},
      {"audio_tower.patch_size", [](auto& c) { c.audio_tower.patch_size = 0; }},
      {"audio_tower.norm_epsilon", [](auto& c) { c.audio_tower.norm_epsilon = 0; }},
      {"audio_tower must be smaller",
       [](auto& c) {
         c.audio_tower.patch_size = 1;
         c.spectrogram.frames = 1 << 20;
       }},
      {"vision_tower.image_size_px", [](auto& c) { c.vision_tower.image_size_px = 29; }},
      {"vision_tower.patch_size_px", [](auto& c) { c.vision_tower.patch_size_px = 0; }},
      {"vision_tower.feature_layers", [](auto& c) { c.vision_tower.feature_layers = 3; }},
      {"vision_tower.heads", [](auto& c) { c.vision_tower.heads = 5; }},
      {"vision_tower.deviation", [](auto& c) { c.vision_tower.deviation[1] = 0; }},
      {"projector.input_width", [](auto& c) { c.projector.input_width = 13; }},
      {"decoder.width", [](auto& c) { c.projector.output_width = 32; }},
      {"decoder.vocabulary", [](auto& c) { c.decoder.vocabulary = 0; }},
      {"decoder.kv_heads", [](auto& c) { c.decoder.kv_heads = 3; }},
      {"decoder.width / decoder.heads", [](auto& c) { c.decoder.heads = c.decoder.kv_heads = 16; }},
      {"decoder.max_tokens", [](auto& c) { c.decoder.max_tokens = 0; }},
      {"decoder.rope_theta", [](auto& c) { c.decoder.rope_theta = -1; }},
      {"sampling.max_new_tokens", [](auto& c) { c.sampling.max_new_tokens = 513; }},
      {"sampling.temperature", [](auto& c) { c.sampling.temperature = -0.5; }},
      {"sampling.top_k", [](auto& c) { c.sampling.top_k = -1; }},
      {"sampling.top_p", [](auto& c) { c.sampling.top_p = 0; }},
      {"sampling.repetition_penalty", [](auto& c) { c.sampling.repetition_penalty = 0; }},
      {"prefix_tokens", [](auto& c) { c.prefix_tokens = -1; }},
      {"audiovisual must be original",
       [](auto& c) { c.audiovisual = AudiovisualProjection::kTunedBoth; }},
      {"prefix_use must be auto or never",
       [](auto& c) {
         c.prefix_tokens = 0;
         c.prefix_use = PrefixUse::kAlways;
       }},
      {"prompt.conversation", [](auto& c) { c.prompt.conversation = "no place"; }},
      {"prompt.conversation", [](auto& c) { c.prompt.conversation = "<image><image>"; }},
      {"prompt.question", [](auto& c) { c.prompt.question = "what is <image>?"; }},
  };
  for (const auto& row : rows) {
    ModelConfig config = tiny_model_config();
    row.change(config);
    expect_one_line_with(error_message_of<std::invalid_argument>([&] { validate(config); }),
                         row.field);
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("model-config");
  TCase* json = tcase_create("json");
  tcase_add_test(json, a_configuration_survives_the_way_through_json);
  tcase_add_test(json, what_json_leaves_out_keeps_its_default);
  tcase_add_test(json, a_wrong_key_or_type_is_refused_by_name);
  suite_add_tcase(suite, json);
  TCase* validity = tcase_create("validity");
  tcase_add_test(validity, the_published_model_and_a_tiny_one_are_valid);
  tcase_add_test(validity, a_dimension_that_cannot_be_is_refused_by_name);
  suite_add_tcase(suite, validity);
  return run_suite(suite);
}
