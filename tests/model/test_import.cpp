// SPDX-License-Identifier: LGPL-2.1-or-later
// Tiny models in every layout that the real ones are published in, imported and compared tensor by
// tensor. The reference names come from tests/golden, which has them the other way round.

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <set>

#include "import/model_import.h"
#include "import/published_config.h"
#include "model/captioner/captioner.h"
#include "model/language/tokenizer.h"
#include "model/weights/model_config_json.h"
#include "model/weights/strict_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/published_files.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

void expect_same(const TensorMap& tensors, const TensorMap& expected, at::ScalarType dtype) {
  ck_assert_uint_eq(tensors.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ck_assert_msg(tensors.contains(name), "no %s", name.c_str());
    ck_assert_msg(tensors.at(name).scalar_type() == dtype, "%s: dtype", name.c_str());
    ck_assert_msg(at::equal(tensors.at(name), tensor.to(dtype)), "%s", name.c_str());
  }
}

void expect_config(const ModelConfig& config, const ModelConfig& expected) {
  const std::string stored = model_config_to_json(config).dump();
  const std::string wanted = model_config_to_json(expected).dump();
  ck_assert_str_eq(stored.c_str(), wanted.c_str());
}

START_TEST(the_authors_files_make_the_model) {
  const PublishedFiles files;
  const ModelFiles model = imported(files.request(), files.out());
  expect_config(model.config, tiny_published_config());
  expect_same(model.tensors, tiny_published_weights(), at::kFloat);
  ck_assert(read_text_file(model.tokenizer, 1 << 20) ==
            read_text_file(files.directory / "llava" / "tokenizer.model", 1 << 20));
}
END_TEST

START_TEST(weights_are_stored_in_the_precision_asked_for) {
  const PublishedFiles files;
  for (const auto dtype : {at::kBFloat16, at::kHalf}) {
    ImportRequest request = files.request();
    request.dtype = dtype;
    const fs::path out = files.directory / c10::toString(dtype);
    expect_same(imported(request, out).tensors, tiny_published_weights(), dtype);
  }
}
END_TEST

START_TEST(an_imported_model_captions_as_the_same_weights_written_directly_do) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  const fs::path direct = files.directory / "direct";
  write_model_directory(direct, tiny_published_config(), tiny_published_weights(),
                        files.directory / "llava" / "tokenizer.model");
  std::vector<float> sound(kSampleRateHz / 2);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] = 0.5f * std::sin(0.1f * static_cast<float>(i));
  }
  const Window window{.audio = sound, .frame = std::nullopt};
  CaptionRequest request;
  request.max_new_tokens = 8;
  const Caption first =
      Captioner::load(files.out(), {.device = "cpu"})->describe(window, request, {});
  const Caption second = Captioner::load(direct, {.device = "cpu"})->describe(window, request, {});
  ck_assert_str_eq(first.text.c_str(), second.text.c_str());
  ck_assert(first.mean_log_probability == second.mean_log_probability);
}
END_TEST

START_TEST(shards_hold_all_tensors_and_are_opened_by_their_index) {
  const PublishedFiles files;
  ImportRequest request = files.request();
  request.largest_shard_bytes = 40'000;
  const ModelFiles model = imported(request, files.out());
  expect_same(model.tensors, tiny_published_weights(), at::kFloat);
  ck_assert(fs::exists(files.out() / "model.safetensors.index.json"));
  std::set<std::string> shards;
  for (const auto& entry : fs::directory_iterator(files.out())) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".safetensors") continue;
    shards.insert(name);
    const std::size_t tensors = open_safetensors(entry.path()).names().size();
    ck_assert_msg(tensors == 1 || fs::file_size(entry.path()) < 50'000, "%s", name.c_str());
  }
  const std::string count = "0000" + std::to_string(shards.size());
  ck_assert_uint_ge(shards.size(), 3);
  ck_assert(shards.contains("model-00001-of-" + count.substr(count.size() - 5) + ".safetensors"));
}
END_TEST

START_TEST(a_llava_that_holds_the_vision_tower_needs_no_other) {
  const PublishedFiles files;
  const TensorMap weights = tiny_published_weights();
  const struct {
    const char* what;
    nlohmann::json config;
    TensorMap tensors;
  } rows[] = {
      {"the authors' names", llava_config(),
       joined(published_llava(weights),
              published_clip(weights, "model.vision_tower.vision_tower."))},
      {"transformers' names", llava_hf_config(),
       joined(joined(published(weights, "decoder.", golden::llama_names(), "language_model."),
                     published_clip(weights, "vision_tower.")),
              published(weights, "projector.",
                        [](const std::string& ours) {
                          return std::vector{(ours.starts_with("expand.")
                                                  ? "multi_modal_projector.linear_1."
                                                  : "multi_modal_projector.linear_2.") +
                                             ours.substr(ours.find('.') + 1)};
                        }))},
  };
  for (const auto& row : rows) {
    const fs::path folder = files.directory / row.what;
    write_llava_folder(folder, row.config);
    save_safetensors(folder / "model.safetensors", row.tensors);
    ImportRequest request = files.request();
    request.llava = folder;
    request.vision.clear();
    const ModelFiles model = imported(request, folder / "model");
    expect_config(model.config, tiny_published_config());
    expect_same(model.tensors, weights, at::kFloat);
  }
}
END_TEST

START_TEST(names_of_later_transformers_are_known) {
  const PublishedFiles files;
  const TensorMap weights = tiny_published_weights();
  TensorMap tensors = published_clip(weights, "model.vision_tower.");
  for (const auto& [name, tensor] : published_llava(weights)) {
    std::string renamed =
        name.starts_with("model.") ? "model.language_model." + name.substr(6) : name;
    if (name.starts_with("model.mm_projector.")) {
      renamed = "model.multi_modal_projector.linear_" + std::string(name[19] == '0' ? "1" : "2") +
                name.substr(20);
    }
    tensors[renamed] = tensor;
  }
  const fs::path folder = files.directory / "later";
  write_llava_folder(folder, llava_hf_config());
  save_safetensors(folder / "model.safetensors", tensors);
  ImportRequest request = files.request();
  request.llava = folder;
  request.vision.clear();
  expect_same(imported(request, files.out()).tensors, weights, at::kFloat);
}
END_TEST

START_TEST(a_whole_clip_gives_its_vision_tower) {
  const PublishedFiles files;
  TensorMap clip = published_clip(tiny_published_weights());
  clip["text_model.embeddings.token_embedding.weight"] = at::full({3, 2}, 1.0);
  clip["visual_projection.weight"] = at::full({3, 2}, 1.0);
  clip["logit_scale"] = at::full({}, 1.0);
  fs::remove(files.directory / "clip" / "pytorch_model.bin");
  save_safetensors(files.directory / "clip" / "model.safetensors", clip);
  write_file(files.directory / "clip" / "preprocessor_config.json",
             R"({"crop_size": {"height": 28, "width": 28}, "image_mean": [0.1, 0.2, 0.3]})");
  const ModelFiles model = imported(files.request(), files.out());
  expect_same(model.tensors, tiny_published_weights(), at::kFloat);
  ck_assert(model.config.vision_tower.mean[2] == 0.3);
}
END_TEST

START_TEST(cav_mae_without_a_projection_gets_a_random_one) {
  const PublishedFiles files;
  TensorMap audio = published_audio(tiny_published_weights());
  audio.erase("module.proj.weight");
  audio.erase("module.proj.bias");
  write_file(files.directory / "cav-mae.pth", torch_file(audio));
  ImportRequest request = files.request();
  request.audio = files.directory / "cav-mae.pth";
  const ModelImport model_import(request);
  ck_assert_uint_eq(model_import.notes().size(), 1);
  model_import.write(files.out(), [] {});
  const at::Tensor projection =
      open_model_directory(files.out()).tensors.at("audio_tower.output_projection.weight");
  ck_assert(projection.sizes() == at::IntArrayRef({128, 64}));
  ck_assert(projection.std().item<double>() > 0.01);
}
END_TEST

START_TEST(a_tied_output_layer_is_the_embedding_table) {
  const PublishedFiles files;
  TensorMap weights = tiny_published_weights();
  TensorMap llava = published_llava(weights);
  llava.erase("lm_head.weight");
  nlohmann::json config = llava_config();
  config["tie_word_embeddings"] = true;
  write_llava_folder(files.directory / "tied", config);
  save_safetensors(files.directory / "tied" / "model.safetensors", llava);
  ImportRequest request = files.request();
  request.llava = files.directory / "tied";
  weights["decoder.head.weight"] = weights["decoder.token_embedding.weight"];
  expect_same(imported(request, files.out()).tensors, weights, at::kFloat);
}
END_TEST

START_TEST(small_parts_make_an_overlay) {
  const PublishedFiles files;
  ImportRequest whole = files.request();
  whole.prefix.clear();
  whole.projector.clear();
  ModelConfig plain = tiny_published_config();
  plain.prefix_tokens = 0;
  plain.has_audio_projector = false;
  expect_config(imported(whole, files.out()).config, plain);

  ImportRequest parts;
  parts.base = files.out();
  parts.prefix = files.directory / "prefix.bin";
  parts.projector = files.directory / "prefixMLP.bin";
  parts.dtype = at::kFloat;
  const ModelFiles overlaid = imported(parts, files.directory / "tuned");
  expect_config(overlaid.config, tiny_published_config());
  expect_same(overlaid.tensors, tiny_published_weights(), at::kFloat);
  ck_assert_uint_lt(fs::file_size(files.directory / "tuned" / "model.safetensors"), 40'000);

  ImportRequest towers;
  towers.base = files.directory / "tuned";
  towers.vision = files.directory / "clip";
  towers.audio = files.directory / "audio_backbone.pth";
  towers.dtype = at::kFloat;
  const ModelFiles with_towers = imported(towers, files.directory / "towers");
  expect_config(with_towers.config, tiny_published_config());
  expect_same(with_towers.tensors, tiny_published_weights(), at::kFloat);
}
END_TEST

START_TEST(classes_come_with_the_model) {
  const PublishedFiles files;
  ImportRequest request = files.request();
  request.classes = files.out().parent_path() / "some-classes.json";
  write_file(request.classes, R"({"dog": ["dog", "hound"]})");
  const ModelFiles model = imported(request, files.out());
  ck_assert(*model.source_classes == SourceClasses({{"dog", {"dog", "hound"}}}));
  write_file(request.classes, "[]");
  expect_one_line_with(error_message_of([&] { ModelImport{request}; }), "some-classes.json: ");
}
END_TEST

START_TEST(what_both_go_through_is_written_as_asked_for) {
  const PublishedFiles files;
  ImportRequest whole = files.request();
  whole.audiovisual = AudiovisualProjection::kTunedBoth;
  whole.prefix_use = PrefixUse::kNever;
  ModelConfig expected = tiny_published_config();
  expected.audiovisual = AudiovisualProjection::kTunedBoth;
  expected.prefix_use = PrefixUse::kNever;
  expect_config(imported(whole, files.out()).config, expected);

  ImportRequest parts;
  parts.base = files.out();
  parts.prefix = files.directory / "prefix.bin";
  expect_config(imported(parts, files.directory / "as-the-base").config, expected);
  parts.prefix_use = expected.prefix_use = PrefixUse::kAlways;
  expect_config(imported(parts, files.directory / "other").config, expected);

  whole.projector.clear();
  expect_one_line_with(import_error(whole), "audiovisual");
}
END_TEST

START_TEST(a_tokenizer_json_becomes_the_sentencepiece_model_that_it_was_made_of) {
  const PublishedFiles files;
  const fs::path llava = files.directory / "llava";
  nlohmann::json vocabulary = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}, {"\u2581", 259}};
  for (int byte = 0; byte < 256; ++byte) {
    char text[7];
    std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(byte));
    vocabulary[text] = 3 + byte;
  }
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    vocabulary[std::string(1, letter)] = 260 + letter - 'a';
  }
  nlohmann::json document = {
      {"added_tokens",
       {{{"content", "<s>"}, {"special", true}}, {{"content", "</s>"}, {"special", true}}}},
      {"pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "\u2581"}}},
      {"model",
       {{"type", "BPE"},
        {"byte_fallback", true},
        {"vocab", vocabulary},
        {"merges", nlohmann::json::array()}}}};
  write_file(llava / "tokenizer.json", document.dump());
  const auto expected = Tokenizer(llava / "tokenizer.model").encode("a dog, \u65e5");
  fs::remove(llava / "tokenizer.model");
  const ModelFiles model = imported(files.request(), files.out());
  ck_assert(model.tokenizer == files.out() / "tokenizer.model");
  ck_assert(Tokenizer(model.tokenizer).encode("a dog, \u65e5") == expected);

  document["pre_tokenizer"] = {{"type", "ByteLevel"}};
  write_file(llava / "tokenizer.json", document.dump());
  expect_one_line_with(import_error(files.request()),
                       "tokenizer.json: has a pre_tokenizer of type 'ByteLevel'");
}
END_TEST

START_TEST(every_tensor_is_used_or_left_out_for_a_reason) {
  const PublishedFiles files;
  const ModelImport model_import(files.request());
  std::size_t counted = 0;
  for (const SourceReport& report : model_import.plan().reports()) {
    counted += report.used.size();
    for (const auto& [reason, names] : report.left_out) {
      ck_assert(!reason.empty());
      counted += names.size();
    }
  }
  const TensorMap weights = tiny_published_weights();
  const std::size_t projector_in_prefix_file = 4;
  ck_assert_uint_eq(counted, published_llava(weights).size() + published_clip(weights).size() +
                                 published_audio(weights).size() + 1 + projector_in_prefix_file +
                                 4);
}
END_TEST

START_TEST(all_names_of_the_published_audio_backbone_are_known) {
  const auto keys = read_strict_json(fs::path(DALI_SOURCE_ROOT) / "tests" / "golden" / "data" /
                                     "checkpoint_keys.json");
  std::vector<std::string> names;
  for (const auto& [file, shapes] : keys.items()) {
    if (!file.starts_with("audio_backbone.pth")) continue;
    for (const auto& [name, shape] : shapes.items()) names.push_back(name);
  }
  ck_assert_uint_eq(names.size(), 680);
  const WeightNames cav_mae = WeightNames::cav_mae(names);
  std::set<std::string> destinations;
  for (const std::string& name : names) {
    if (const auto destination = cav_mae.destination(name)) {
      ck_assert_msg(destinations.insert(destination->name).second, "%s", name.c_str());
    } else {
      ck_assert_msg(cav_mae.why_unused(name).has_value(), "%s", name.c_str());
    }
  }
  // Twelve blocks of twelve tensors, patches, position, modality, norm and projection.
  ck_assert_uint_eq(destinations.size(), 12 * 12 + 2 + 1 + 1 + 2 + 2);
}
END_TEST

START_TEST(configurations_of_real_models_are_read) {
  const auto parsed = [](const char* text) {
    return read_llava_config(parse_strict_json(text, "config.json"), "config.json");
  };
  // What llava-hf/llava-1.5-7b-hf states; the rest is transformers' default.
  const LlavaConfig seven = parsed(
      R"({"model_type": "llava", "vision_feature_layer": -2, "text_config":
          {"max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "vocab_size": 32064},
          "vision_config": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096,
          "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14}})");
  ck_assert_int_eq(seven.decoder.vocabulary, 32064);
  ck_assert_int_eq(seven.decoder.layers, 32);
  ck_assert_int_eq(seven.decoder.kv_heads, 32);
  ck_assert_int_eq(seven.decoder.max_tokens, 4096);
  ck_assert_int_eq(seven.vision_tower->image_size_px, 336);
  ck_assert_int_eq(used_vision_layers(seven.vision_feature_layer, 24, ""), 23);

  const LlavaConfig thirteen = parsed(
      R"({"hidden_size": 5120, "intermediate_size": 13824, "num_attention_heads": 40,
          "num_hidden_layers": 40, "num_key_value_heads": 40, "max_position_embeddings": 4096,
          "mm_projector_type": "mlp2x_gelu", "rms_norm_eps": 1e-05, "vocab_size": 32000})");
  ck_assert_int_eq(thirteen.decoder.width, 5120);
  ck_assert_int_eq(thirteen.decoder.layers, 40);

  const LlavaConfig grouped = parsed(
      R"({"hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
          "intermediate_size": 14336, "num_hidden_layers": 32, "rope_theta": 500000.0,
          "rms_norm_eps": 1e-05, "vocab_size": 128256, "max_position_embeddings": 8192})");
  ck_assert_int_eq(grouped.decoder.kv_heads, 8);
  ck_assert(grouped.decoder.rope_theta == 500000.0);

  const VisionTowerConfig clip = read_clip_config(
      parse_strict_json(R"({"vision_config": {"hidden_size": 1024, "intermediate_size": 4096,
          "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14}})",
                        ""),
      "");
  ck_assert_int_eq(clip.image_size_px, 224);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("import");
  TCase* layouts = tcase_create("layouts");
  tcase_add_test(layouts, the_authors_files_make_the_model);
  tcase_add_test(layouts, weights_are_stored_in_the_precision_asked_for);
  tcase_add_test(layouts, an_imported_model_captions_as_the_same_weights_written_directly_do);
  tcase_add_test(layouts, shards_hold_all_tensors_and_are_opened_by_their_index);
  tcase_add_test(layouts, a_llava_that_holds_the_vision_tower_needs_no_other);
  tcase_add_test(layouts, names_of_later_transformers_are_known);
  tcase_add_test(layouts, a_whole_clip_gives_its_vision_tower);
  tcase_add_test(layouts, cav_mae_without_a_projection_gets_a_random_one);
  tcase_add_test(layouts, a_tied_output_layer_is_the_embedding_table);
  tcase_add_test(layouts, small_parts_make_an_overlay);
  tcase_add_test(layouts, classes_come_with_the_model);
  tcase_add_test(layouts, what_both_go_through_is_written_as_asked_for);
  tcase_add_test(layouts, a_tokenizer_json_becomes_the_sentencepiece_model_that_it_was_made_of);
  suite_add_tcase(suite, layouts);
  TCase* accounts = tcase_create("accounts");
  tcase_add_test(accounts, every_tensor_is_used_or_left_out_for_a_reason);
  tcase_add_test(accounts, all_names_of_the_published_audio_backbone_are_known);
  tcase_add_test(accounts, configurations_of_real_models_are_read);
  suite_add_tcase(suite, accounts);
  return run_suite(suite);
}
