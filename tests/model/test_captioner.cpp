// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <stdlib.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>

#include "model/captioner/captioner.h"
#include "model/captioner/captioning_model.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_config_json.h"
#include "model/weights/model_directory.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_tokenizer.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Weights by formula: every element its own, all of a size with which captions differ.
TensorMap formula_weights(const ModelConfig& config) {
  CaptioningModel model(config);
  TensorMap weights;
  double phase = 0.0;
  for (const auto& [name, weight] : weights_of(*model)) {
    at::Tensor values = at::empty(weight.sizes(), at::kFloat);
    float* element = values.data_ptr<float>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      element[i] = static_cast<float>(0.6 * std::cos(1.7 * static_cast<double>(i) + phase));
    }
    weights[name] = name.find("norm.weight") != std::string::npos ? values.abs().add(0.5) : values;
    phase += 0.9;
  }
  return weights;
}

// A tiny model on disk and what it is asked about.
struct TinyModel {
  explicit TinyModel(ModelConfig wanted = tiny_model_config()) : config(std::move(wanted)) {
    write_tiny_tokenizer(directory / "tiny-tokenizer");
    weights = formula_weights(config);
    write();
    for (int i = 0; i < kSampleRateHz / 2; ++i) {
      sound.push_back(0.5f * std::sin(0.1f * static_cast<float>(i)));
    }
    for (int i = 0; i < 20 * 30 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7));
  }
  void write() const {
    write_model_directory(path(), config, weights, directory / "tiny-tokenizer");
  }
  fs::path path() const { return directory / "model"; }
  std::shared_ptr<Captioner> load() const { return Captioner::load(path(), {.device = "cpu"}); }
  std::string load_error() const {
    return error_message_of<CaptionError>([&] { load(); });
  }

  FrameView frame() const { return {pixels, 30, 20, 90}; }
  Window heard() const { return {.audio = sound, .frame = std::nullopt}; }
  Window seen() const { return {.audio = std::nullopt, .frame = frame()}; }
  Window heard_and_seen() const { return {.audio = sound, .frame = frame()}; }

  ModelConfig config;
  TemporaryDirectory directory;
  TensorMap weights;
  std::vector<float> sound;
  std::vector<std::uint8_t> pixels;
};

bool is_same(const Caption& left, const Caption& right) {
  return left.text == right.text && left.mean_log_probability == right.mean_log_probability &&
         left.token_count == right.token_count;
}

std::string describe_error(const Captioner& captioner, const Window& window,
                           const CaptionRequest& request = {}) {
  const std::string message =
      error_message_of<CaptionError>([&] { captioner.describe(window, request, {}); });
  ck_assert_msg(!contains(message, "\n"), "%s", message.c_str());
  return message;
}

START_TEST(a_window_gets_a_caption_with_its_probability) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  ck_assert(captioner->model_name() == "tiny");
  for (const Window& window : {tiny.heard(), tiny.seen(), tiny.heard_and_seen()}) {
    const Caption caption = captioner->describe(window, {}, {});
    ck_assert_int_ge(caption.token_count, 1);
    ck_assert_int_le(caption.token_count, 8);
    ck_assert(caption.mean_log_probability <= 0.0);
    ck_assert(caption.mean_log_probability > -100.0);
    ck_assert(caption.text.find('\n') == std::string::npos);
  }
}
END_TEST

START_TEST(the_same_request_gives_the_same_caption_also_to_threads_at_once) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  CaptionRequest request;
  request.temperature = 0.9;
  request.seed = 7;
  const Caption expected = captioner->describe(tiny.heard_and_seen(), request, {});
  std::vector<std::jthread> threads;
  std::atomic<int> same = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 5; ++repeat) {
        same += is_same(expected, captioner->describe(tiny.heard_and_seen(), request, {})) ? 1 : 0;
      }
    });
  }
  threads.clear();
  ck_assert_int_eq(same, 20);
}
END_TEST

START_TEST(the_modality_decides_what_is_looked_at) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  const auto with = [](Modality modality) { return CaptionRequest{.modality = modality}; };
  const Window both = tiny.heard_and_seen();
  const Caption audio = captioner->describe(tiny.heard(), {}, {});
  const Caption image = captioner->describe(tiny.seen(), {}, {});
  const Caption audiovisual = captioner->describe(both, {}, {});
  ck_assert(is_same(captioner->describe(both, with(Modality::kAudio), {}), audio));
  ck_assert(is_same(captioner->describe(both, with(Modality::kImage), {}), image));
  ck_assert(is_same(captioner->describe(both, with(Modality::kAudiovisual), {}), audiovisual));
  ck_assert(!is_same(audio, image));
  ck_assert(!is_same(audio, audiovisual));
  ck_assert(!is_same(image, audiovisual));
}
END_TEST

START_TEST(a_request_overrides_the_models_defaults) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  const Caption plain = captioner->describe(tiny.heard(), {}, {});
  ck_assert_int_le(captioner->describe(tiny.heard(), {.max_new_tokens = 2}, {}).token_count, 2);
  const Caption asked = captioner->describe(tiny.heard(), {.question = "why so loud"}, {});
  ck_assert(!is_same(plain, asked));
}
END_TEST

START_TEST(both_precisions_load_and_stored_bfloat16_serves_both) {
  TinyModel tiny;
  for (auto& [name, weight] : tiny.weights) weight = weight.to(at::kBFloat16);
  tiny.write();
  for (const char* precision : {"auto", "float32", "bfloat16"}) {
    const auto captioner = Captioner::load(tiny.path(), {.device = "cpu", .precision = precision});
    const bool is_narrow = std::string_view(precision) == "bfloat16";
    ck_assert(captioner->precision().starts_with(is_narrow ? "bfloat16, " : "float32, "));
    ck_assert_int_ge(captioner->describe(tiny.heard_and_seen(), {}, {}).token_count, 1);
  }
}
END_TEST

START_TEST(weights_stored_in_float16_are_the_same_numbers_in_float32) {
  TinyModel tiny;
  for (auto& [name, weight] : tiny.weights) weight = weight.to(at::kHalf);
  tiny.write();
  const LoadOptions float32 = {.device = "cpu", .precision = "float32"};
  const Caption from_float16 =
      Captioner::load(tiny.path(), float32)->describe(tiny.heard_and_seen(), {}, {});
  Captioner::load(tiny.path(), {.device = "cpu", .precision = "bfloat16"})
      ->describe(tiny.heard_and_seen(), {}, {});
  for (auto& [name, weight] : tiny.weights) weight = weight.to(at::kFloat);
  tiny.write();
  const Caption from_float32 =
      Captioner::load(tiny.path(), float32)->describe(tiny.heard_and_seen(), {}, {});
  ck_assert(is_same(from_float16, from_float32));
}
END_TEST

START_TEST(a_caption_tells_the_time_of_each_stage_that_ran) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  const CaptionTiming both = captioner->describe(tiny.heard_and_seen(), {}, {}).timing;
  for (const double stage_s : {both.mel_s, both.pixels_s, both.audio_tower_s, both.vision_tower_s,
                               both.prefill_s, both.decoding_s}) {
    ck_assert_double_gt(stage_s, 0.0);
    ck_assert_double_lt(stage_s, 60.0);
  }
  const CaptionTiming heard = captioner->describe(tiny.heard(), {.max_new_tokens = 1}, {}).timing;
  ck_assert_double_gt(heard.audio_tower_s, 0.0);
  ck_assert_double_eq(heard.pixels_s, 0.0);
  ck_assert_double_eq(heard.vision_tower_s, 0.0);
  // What is left after the only token is the loop's end.
  ck_assert_double_lt(heard.decoding_s, heard.prefill_s);
  const CaptionTiming seen = captioner->describe(tiny.seen(), {}, {}).timing;
  ck_assert_double_gt(seen.vision_tower_s, 0.0);
  ck_assert_double_eq(seen.mel_s, 0.0);
  ck_assert_double_eq(seen.audio_tower_s, 0.0);
}
END_TEST

START_TEST(a_requested_stop_ends_the_caption) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  std::stop_source source;
  source.request_stop();
  const Caption caption = captioner->describe(tiny.heard(), {}, source.get_token());
  ck_assert_int_eq(caption.token_count, 0);
  ck_assert(caption.text.empty());
}
END_TEST

START_TEST(a_window_that_cannot_be_described_is_an_error) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  expect_one_line_with(describe_error(*captioner, {}), "neither sound nor a picture");
  expect_one_line_with(describe_error(*captioner, tiny.seen(), {.modality = Modality::kAudio}),
                       "no sound");
  expect_one_line_with(
      describe_error(*captioner, tiny.heard(), {.modality = Modality::kAudiovisual}), "no picture");

  std::vector<float> sound = tiny.sound;
  sound.resize(399);
  describe_error(*captioner, {.audio = sound, .frame = std::nullopt});
  describe_error(*captioner, {.audio = std::span<const float>(), .frame = std::nullopt});
  for (const float wrong :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    sound = tiny.sound;
    sound[1000] = wrong;
    describe_error(*captioner, {.audio = sound, .frame = std::nullopt});
  }

  const FrameView frames[] = {
      {{}, 0, 0, 0},
      {tiny.pixels, 0, 20, 90},
      {tiny.pixels, 30, -20, 90},
      {tiny.pixels, 30, 20, 89},  // rows overlap
      {tiny.pixels, 30, 21, 90},  // one row too many
      {tiny.pixels, 2'000'000'000, 2'000'000'000, 6'000'000'000},
  };
  for (const FrameView& frame : frames) {
    describe_error(*captioner, {.audio = std::nullopt, .frame = frame});
  }
}
END_TEST

START_TEST(the_smallest_picture_and_shortest_sound_are_described) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  const FrameView pixel = {std::span(tiny.pixels).first(3), 1, 1, 3};
  captioner->describe({.audio = std::nullopt, .frame = pixel}, {}, {});
  captioner->describe({.audio = std::span(tiny.sound).first(400), .frame = std::nullopt}, {}, {});
}
END_TEST

START_TEST(a_request_that_cannot_be_met_is_an_error) {
  const TinyModel tiny;
  const auto captioner = tiny.load();
  const Window window = tiny.heard();
  expect_one_line_with(describe_error(*captioner, window, {.max_new_tokens = 0}), "max-new-tokens");
  expect_one_line_with(describe_error(*captioner, window, {.temperature = -1.0}), "temperature");
  expect_one_line_with(describe_error(*captioner, window, {.repetition_penalty = 0.0}),
                       "repetition penalty");
  expect_one_line_with(describe_error(*captioner, window, {.question = "<image>"}), "<image>");
  // Longer than decoder.max_tokens.
  describe_error(*captioner, window, {.question = std::string(5000, 'a')});
}
END_TEST

START_TEST(an_unknown_device_or_precision_is_named) {
  const TinyModel tiny;
  const auto error = [&](const LoadOptions& options) {
    return error_message_of<CaptionError>([&] { Captioner::load(tiny.path(), options); });
  };
  for (const char* device : {"gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1x", ""}) {
    expect_one_line_with(error({.device = device}), "device must be");
  }
  expect_one_line_with(error({.device = "cuda:99"}), "no device 'cuda:99'");
  expect_one_line_with(error({.device = "cpu", .precision = "int3"}), "precision must be");
}
END_TEST

// What an overlay's config.json says of its use, and what is asked for when it is loaded, are one.
START_TEST(changes_on_loading_are_those_of_an_overlay) {
  ModelConfig config = tiny_model_config();
  config.has_audio_projector = true;
  const TinyModel tiny(config);
  const auto described = [&](const fs::path& model, const ConfigChanges& changes) {
    return Captioner::load(model, {.device = "cpu", .changes = changes})
        ->describe(tiny.heard_and_seen(), {}, {});
  };
  const Caption stored = described(tiny.path(), {});
  const struct {
    const char* json;
    ConfigChanges changes;
  } rows[] = {
      {R"("audiovisual": "tuned-audio")", {.audiovisual = AudiovisualProjection::kTunedAudio}},
      {R"("audiovisual": "tuned-both")", {.audiovisual = AudiovisualProjection::kTunedBoth}},
      {R"("prefix_use": "never")", {.prefix_use = PrefixUse::kNever}},
      {R"("audiovisual": "tuned-both", "prefix_use": "always")",
       {.audiovisual = AudiovisualProjection::kTunedBoth, .prefix_use = PrefixUse::kAlways}},
  };
  const fs::path overlay = tiny.directory / "overlay";
  fs::create_directories(overlay);
  for (const auto& row : rows) {
    write_file(overlay / "config.json", "{\"base\": \"../model\", " + std::string(row.json) + "}");
    const Caption changed = described(tiny.path(), row.changes);
    ck_assert(is_same(changed, described(overlay, {})));
    ck_assert_msg(!is_same(changed, stored), "%s changes nothing", row.json);
  }
}
END_TEST

START_TEST(changes_that_do_not_fit_the_model_are_refused) {
  ModelConfig config = tiny_model_config();
  config.prefix_tokens = 0;
  const TinyModel tiny(config);
  const auto expect_error = [&](const ConfigChanges& changes, const char* part) {
    const auto message = error_message_of<CaptionError>(
        [&] { Captioner::load(tiny.path(), {.device = "cpu", .changes = changes}); });
    expect_one_line_with(message, part);
    expect_one_line_with(message, tiny.path().string());
  };
  expect_error({.audiovisual = AudiovisualProjection::kTunedBoth}, "audiovisual must be original");
  expect_error({.prefix_use = PrefixUse::kAlways}, "prefix_use must be auto or never");
  expect_error({.top_k = -1}, "sampling.top_k");
  expect_error({.top_p = 1.5}, "sampling.top_p");
}
END_TEST

START_TEST(a_broken_model_directory_is_one_line_that_names_what_is_wrong) {
  const TinyModel tiny;
  const auto expect_error = [&](const char* part) {
    expect_one_line_with(tiny.load_error(), part);
    expect_one_line_with(tiny.load_error(), tiny.path().string());
    tiny.write();
  };
  expect_one_line_with(
      error_message_of<CaptionError>([&] { Captioner::load(tiny.directory / "none"); }), "none");

  fs::remove(tiny.path() / "tokenizer.model");
  expect_error("tokenizer.model");
  write_file(tiny.path() / "tokenizer.model", "not a tokenizer");
  expect_error("tokenizer.model");
  write_file(tiny.path() / "config.json", R"({"decoder": {"layers": 1000000000}})");
  expect_error("decoder.layers");

  fs::resize_file(tiny.path() / "model.safetensors", 1000);
  expect_error("model.safetensors");
  TensorMap weights = tiny.weights;
  weights.erase("decoder.final_norm.weight");
  save_safetensors(tiny.path() / "model.safetensors", weights);
  expect_error("missing 'decoder.final_norm.weight'");
  weights = tiny.weights;
  weights["prefix"] = at::full({1, 16}, 0.5);
  save_safetensors(tiny.path() / "model.safetensors", weights);
  expect_error("'prefix' has shape [1, 16]");
  weights["prefix"] = at::full({2, 16}, std::numeric_limits<float>::quiet_NaN());
  save_safetensors(tiny.path() / "model.safetensors", weights);
  expect_error("'prefix' holds NaN");
  tiny.load();
}
END_TEST

START_TEST(the_largest_configuration_that_is_valid_fails_for_want_of_weights_alone) {
  TinyModel tiny;
  tiny.config.decoder.vocabulary = 1 << 22;
  tiny.config.decoder.width = tiny.config.projector.output_width = 1 << 17;
  tiny.config.decoder.mlp_width = 1 << 17;
  tiny.config.decoder.layers = 1000;
  tiny.config.prefix_tokens = 0;
  write_file(tiny.path() / "config.json", model_config_to_json(tiny.config).dump());
  expect_one_line_with(tiny.load_error(), tiny.path().string());
}
END_TEST

START_TEST(a_tokenizer_with_more_words_than_the_decoder_is_refused) {
  ModelConfig config = tiny_model_config();
  config.decoder.vocabulary = kTinyVocabulary - 1;
  const TinyModel tiny(config);
  expect_one_line_with(tiny.load_error(), "decoder.vocabulary");
}
END_TEST

START_TEST(the_embedded_model_is_where_the_environment_says) {
  ::setenv("DALI_MODEL_DIR", "/some/model", 1);
  ck_assert(embedded_model_directory() == "/some/model");
  ::unsetenv("DALI_MODEL_DIR");
  ck_assert(embedded_model_directory().filename() == "toyworld");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("captioner");
  TCase* captions = tcase_create("captions");
  tcase_add_test(captions, a_window_gets_a_caption_with_its_probability);
  tcase_add_test(captions, the_same_request_gives_the_same_caption_also_to_threads_at_once);
  tcase_add_test(captions, the_modality_decides_what_is_looked_at);
  tcase_add_test(captions, a_request_overrides_the_models_defaults);
  tcase_add_test(captions, both_precisions_load_and_stored_bfloat16_serves_both);
  tcase_add_test(captions, weights_stored_in_float16_are_the_same_numbers_in_float32);
  tcase_add_test(captions, a_caption_tells_the_time_of_each_stage_that_ran);
  tcase_add_test(captions, a_requested_stop_ends_the_caption);
  tcase_add_test(captions, the_smallest_picture_and_shortest_sound_are_described);
  suite_add_tcase(suite, captions);
  TCase* errors = tcase_create("errors");
  tcase_add_test(errors, a_window_that_cannot_be_described_is_an_error);
  tcase_add_test(errors, a_request_that_cannot_be_met_is_an_error);
  tcase_add_test(errors, an_unknown_device_or_precision_is_named);
  tcase_add_test(errors, changes_on_loading_are_those_of_an_overlay);
  tcase_add_test(errors, changes_that_do_not_fit_the_model_are_refused);
  suite_add_tcase(suite, errors);
  TCase* directories = tcase_create("directories");
  tcase_add_test(directories, a_broken_model_directory_is_one_line_that_names_what_is_wrong);
  tcase_add_test(directories,
                 the_largest_configuration_that_is_valid_fails_for_want_of_weights_alone);
  tcase_add_test(directories, a_tokenizer_with_more_words_than_the_decoder_is_refused);
  tcase_add_test(directories, the_embedded_model_is_where_the_environment_says);
  suite_add_tcase(suite, directories);
  return run_suite(suite);
}
