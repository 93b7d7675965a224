// SPDX-License-Identifier: LGPL-2.1-or-later
// Weights as integers, from published files to a caption: what is made of a model, what is loaded
// of it, and what is refused.

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <c10/core/InferenceMode.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <limits>

#include "import/integer_formats.h"
#include "import/model_quantisation.h"
#include "model/base/one_line.h"
#include "model/captioner/captioner.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/model_config_json.h"
#include "model/weights/source_classes_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/published_files.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// A model of tiny_published_config(), 2 of whose matrices in each layer have no whole groups.
struct TinyModel {
  TinyModel() {
    write_tiny_tokenizer(directory / "tokenizer");
    write_model_directory(path(), tiny_published_config(), tiny_published_weights(),
                          directory / "tokenizer");
  }
  fs::path path() const { return directory / "model"; }
  fs::path quantised_to(WeightFormat format) const {
    const fs::path out = directory / std::string(to_string(format));
    if (!fs::exists(out)) ModelQuantisation({.model = path(), .format = format}).write(out, [] {});
    return out;
  }
  TemporaryDirectory directory;
};

constexpr WeightFormat kFormats[] = {WeightFormat::kInt8, WeightFormat::kInt4};

Caption caption_of(const fs::path& model) {
  std::vector<float> sound(kSampleRateHz / 2);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] = 0.5f * std::sin(0.1f * static_cast<float>(i));
  }
  const Window window{.audio = sound, .frame = std::nullopt};
  CaptionRequest request;
  request.max_new_tokens = 8;
  return Captioner::load(model, {.device = "cpu"})->describe(window, request, {});
}

START_TEST(classes_stay_with_the_model) {
  const TinyModel tiny;
  ck_assert(open_model_directory(tiny.quantised_to(WeightFormat::kInt4)).source_classes == nullptr);
  const SourceClasses classes = {{"ambulance", {"ambulance", "siren"}}, {"dog", {"dog"}}};
  write_source_classes(tiny.path() / "classes.json", classes);
  const ModelFiles model = open_model_directory(tiny.quantised_to(WeightFormat::kInt8));
  ck_assert(model.source_classes != nullptr && *model.source_classes == classes);
}
END_TEST

START_TEST(the_matrices_that_rows_are_multiplied_with_are_stored_as_integers) {
  const TinyModel tiny;
  const ModelFiles model = open_model_directory(tiny.quantised_to(WeightFormat::kInt4));
  const auto stored_as = [&](const std::string& name) {
    if (model.tensors.contains(name)) return std::string("numbers");
    const std::string codes = codes_name(name);
    return std::string(to_string(*format_of_codes(codes, model.tensors.at(codes).sizes())));
  };
  const struct {
    const char* name;
    const char* format;
  } rows[] = {{"decoder.layers.1.attention.query.weight", "int4"},
              {"decoder.layers.1.mlp.expand.weight", "int4"},
              {"decoder.layers.1.mlp.contract.weight", "numbers"},  // of 48 inputs
              {"decoder.layers.0.attention.query.weight", "int8"},
              {"decoder.head.weight", "int8"},
              {"vision_tower.blocks.2.attention.query_key_value.weight", "int8"},
              {"audio_tower.output_projection.weight", "int8"},
              {"projector.expand.weight", "int8"},
              {"audio_projector.contract.weight", "int8"},
              {"projector.expand.bias", "numbers"},
              {"decoder.token_embedding.weight", "numbers"},
              {"decoder.final_norm.weight", "numbers"},
              {"vision_tower.patch_embedding.weight", "numbers"},
              {"audio_tower.position_embedding", "numbers"},
              {"prefix", "numbers"}};
  for (const auto& [name, format] : rows) {
    ck_assert_msg(stored_as(name) == format, "%s: %s", name, stored_as(name).c_str());
  }
  const ModelFiles eight = open_model_directory(tiny.quantised_to(WeightFormat::kInt8));
  ck_assert_int_eq(formats_in(eight.tensors).size(), 1);
}
END_TEST

START_TEST(an_import_to_integers_is_an_import_that_is_quantised) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  for (const auto format : kFormats) {
    const fs::path later = files.directory / ("later-" + std::string(to_string(format)));
    ModelQuantisation({.model = files.out(), .format = format}).write(later, [] {});
    ImportRequest request = files.request();
    request.weights = format;
    request.largest_shard_bytes = 40'000;
    const ModelFiles at_once = imported(request, files.directory / std::string(to_string(format)));
    const ModelFiles expected = open_model_directory(later);
    ck_assert_uint_eq(at_once.tensors.size(), expected.tensors.size());
    for (const auto& [name, tensor] : expected.tensors) {
      ck_assert_msg(at::equal(at_once.tensors.at(name), tensor), "%s", name.c_str());
    }
    ck_assert_uint_ge(at_once.files.size(), 3);
    const Caption caption = caption_of(later);
    ck_assert_int_gt(caption.token_count, 0);
    ck_assert(caption_of(files.directory / std::string(to_string(format))).mean_log_probability ==
              caption.mean_log_probability);
  }
}
END_TEST

START_TEST(integers_are_used_where_their_file_is_mapped) {
  const TinyModel tiny;
  const ModelFiles files = open_model_directory(tiny.quantised_to(WeightFormat::kInt4));
  const UnsetWeights unset;
  CaptioningModel model(files.config);
  load_weights(*model, "", files.tensors, {.dtype = at::kFloat, .keeps_integers = true});
  const TensorMap loaded = weights_of(*model);
  ck_assert_uint_eq(loaded.size(), files.tensors.size());
  for (const auto& [name, tensor] : files.tensors) {
    if (!is_part_of_integers(name)) continue;
    ck_assert_msg(loaded.at(name).data_ptr() == tensor.data_ptr(), "%s", name.c_str());
  }
}
END_TEST

START_TEST(without_keeping_integers_numbers_are_loaded_that_can_be_trained) {
  const TinyModel tiny;
  const ModelFiles files = open_model_directory(tiny.quantised_to(WeightFormat::kInt8));
  CaptioningModel model(files.config);
  load_weights(*model, "", files.tensors);
  const Linear& head = model->decoder->head;
  ck_assert(!head->holds_integers());
  const QuantisedTensors stored = {.layout = head->layout(WeightFormat::kInt8),
                                   .codes = files.tensors.at("decoder.head.weight.codes"),
                                   .scales = files.tensors.at("decoder.head.weight.scales")};
  ck_assert(at::equal(head->weight, dequantised(stored, at::kFloat)));
  head->forward(at::ones({1, head->input_width})).sum().backward();
  ck_assert(head->weight.grad().defined());

  load_weights(*model, "", files.tensors, {.keeps_integers = true});
  const at::Tensor x = at::ones({1, head->input_width}).requires_grad_();
  expect_one_line_with(first_line(error_message_of<c10::Error>([&] { head->forward(x); })),
                       "no gradients where its weight is of integers");
}
END_TEST

START_TEST(an_overlay_may_bring_numbers_over_integers_and_integers_over_numbers) {
  const TinyModel tiny;
  const fs::path eight = tiny.quantised_to(WeightFormat::kInt8);
  const std::string name = "projector.expand.weight";
  const at::Tensor trained = at::full({32, 128}, 0.25);
  write_model_overlay(tiny.directory / "numbers", tiny_published_config(), {{name, trained}},
                      eight);
  const ModelFiles numbers = open_model_directory(tiny.directory / "numbers");
  ck_assert(at::equal(numbers.tensors.at(name), trained));
  ck_assert(!numbers.tensors.contains(codes_name(name)));
  ck_assert(!numbers.tensors.contains(scales_name(name)));
  ck_assert_int_gt(caption_of(tiny.directory / "numbers").token_count, 0);

  const TensorMap stored = open_model_directory(eight).tensors;
  write_model_overlay(tiny.directory / "integers", tiny_published_config(),
                      {{codes_name(name), stored.at(codes_name(name))},
                       {scales_name(name), stored.at(scales_name(name))}},
                      tiny.path());
  const ModelFiles integers = open_model_directory(tiny.directory / "integers");
  ck_assert(!integers.tensors.contains(name));
  ck_assert_int_gt(caption_of(tiny.directory / "integers").token_count, 0);
}
END_TEST

START_TEST(what_is_quantised_already_is_refused) {
  const TinyModel tiny;
  for (const auto format : kFormats) {
    const std::string message = error_message_of([&] {
      ModelQuantisation({.model = tiny.quantised_to(WeightFormat::kInt8), .format = format});
    });
    expect_one_line_with(message, "model.safetensors: ");
    expect_one_line_with(message, "is quantised to int8 already");
  }
}
END_TEST

START_TEST(weights_that_are_not_finite_stop_the_quantising_and_leave_nothing) {
  const TinyModel tiny;
  TensorMap weights = tiny_published_weights();
  weights["decoder.head.weight"] = weights.at("decoder.head.weight").detach().clone();
  weights["decoder.head.weight"][3][5] = std::numeric_limits<float>::quiet_NaN();
  write_model_directory(tiny.path(), tiny_published_config(), weights,
                        tiny.directory / "tokenizer");
  expect_one_line_with(error_message_of([&] { tiny.quantised_to(WeightFormat::kInt8); }),
                       "tensor 'decoder.head.weight' holds NaN or an infinity");
  ck_assert(!fs::exists(tiny.directory / "int8"));
  ck_assert(!fs::exists(tiny.directory / "int8.partial"));
}
END_TEST

START_TEST(files_with_integers_that_are_wrong_are_refused_by_tensor_and_reason) {
  const TinyModel tiny;
  const ModelFiles good = open_model_directory(tiny.quantised_to(WeightFormat::kInt8));
  const std::string weight = "decoder.head.weight";  // [300, 32]
  const std::string codes = codes_name(weight);
  const std::string scales = scales_name(weight);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const struct {
    const char* message;
    std::function<void(TensorMap& tensors)> spoil;
  } rows[] = {
      {"'decoder.head.weight.codes' has no 'decoder.head.weight.scales' beside it",
       [&](TensorMap& tensors) { tensors.erase(scales); }},
      {"'decoder.head.weight.scales' has no 'decoder.head.weight.codes' beside it",
       [&](TensorMap& tensors) { tensors.erase(codes); }},
      {"'decoder.head.weight.codes' stands beside 'decoder.head.weight'",
       [&](TensorMap& tensors) {
         tensors[weight] = at::full({300, 32}, 1.0);
       }},
      {"wants [19, 1, 512] for int8 or [19, 1, 256] for int4",
       [&](TensorMap& tensors) { tensors[codes] = tensors[codes].narrow(0, 0, 18); }},
      {"wants [19, 1, 512] for int8 or [19, 1, 256] for int4",
       [&](TensorMap& tensors) { tensors[codes] = tensors[codes].narrow(2, 0, 100); }},
      {"wants [19, 1, 512] for int8 or [19, 1, 256] for int4",
       [&](TensorMap& tensors) { tensors[codes] = tensors[codes].reshape({-1}); }},
      {"'decoder.head.weight.codes' holds Char",
       [&](TensorMap& tensors) { tensors[codes] = tensors[codes].to(at::kChar); }},
      {"'decoder.head.weight.scales' holds Float",
       [&](TensorMap& tensors) { tensors[scales] = tensors[scales].to(at::kFloat); }},
      {"'decoder.head.weight.scales' has shape [19, 16], the configuration wants [19, 1, 16]",
       [&](TensorMap& tensors) { tensors[scales] = tensors[scales].squeeze(1); }},
      {"'decoder.head.weight.scales' holds NaN or an infinity",
       [&](TensorMap& tensors) {
         tensors[scales] = at::full({19, 1, 16}, nan, at::kBFloat16);
       }},
      {"'decoder.head.weight.scales' holds a number too large",
       [&](TensorMap& tensors) {
         tensors[scales] = at::full({19, 1, 16}, 3e38, at::kBFloat16);
       }},
      {"'decoder.layers.1.mlp.contract.weight.codes' belongs to a matrix of 48 inputs",
       [&](TensorMap& tensors) {
         tensors.erase("decoder.layers.1.mlp.contract.weight");
         tensors["decoder.layers.1.mlp.contract.weight.codes"] = tensors[codes];
         tensors["decoder.layers.1.mlp.contract.weight.scales"] = tensors[scales];
       }},
      {"no place for 'decoder.token_embedding.weight.codes'",
       [&](TensorMap& tensors) {
         tensors["decoder.token_embedding.weight.codes"] = tensors[codes];
         tensors["decoder.token_embedding.weight.scales"] = tensors[scales];
       }},
  };
  for (const auto& [message, spoil] : rows) {
    TensorMap tensors = good.tensors;
    spoil(tensors);
    write_model_directory(tiny.directory / "spoilt", good.config, tensors, good.tokenizer);
    const std::string said =
        error_message_of<CaptionError>([&] { Captioner::load(tiny.directory / "spoilt"); });
    expect_one_line_with(said, message);
    expect_one_line_with(said, "spoilt/model.safetensors: ");
  }
}
END_TEST

START_TEST(a_header_has_to_say_how_integers_lie) {
  const TinyModel tiny;
  const fs::path model = tiny.quantised_to(WeightFormat::kInt4);
  const TensorMap tensors = open_model_directory(model).tensors;
  const struct {
    SafetensorsMetadata metadata;
    const char* message;
  } rows[] = {{{}, "holds integers, but the header has no \"quantisation\""},
              {{{"quantisation", "int4 in groups of 64"}},
               "\"quantisation\" is 'int4 in groups of 64', which is unknown"}};
  for (const auto& [metadata, message] : rows) {
    save_safetensors(model / "model.safetensors", tensors, metadata);
    const std::string said = error_message_of([&] { open_model_directory(model); });
    expect_one_line_with(said, "model.safetensors: ");
    expect_one_line_with(said, message);
  }
}
END_TEST

at::Tensor in_double(const at::Tensor& tensor) {
  return tensor.to(at::kDouble);
}

// A code of a row is wrong by half a step at most, which is a 254th of its group's largest number:
// times the weights' magnitudes that bounds the product's error. A hundredth more is for sums in
// float32.
at::Tensor largest_errors(const at::Tensor& x, const at::Tensor& weight) {
  const auto groups = x.size(1) / kGroupInputs;
  const auto largest = in_double(x).abs().view({x.size(0), groups, kGroupInputs}).amax(2);
  const auto magnitudes =
      in_double(weight).abs().view({weight.size(0), groups, kGroupInputs}).sum(2);
  return at::matmul(largest, magnitudes.t()) / 254.0 * 1.01;
}

START_TEST(a_linear_of_integers_multiplies_as_its_numbers_would) {
  const c10::InferenceMode inference;
  for (const auto format : kFormats) {
    Linear linear(LinearConfig{.input_width = 96, .output_width = 40});  // half a panel at the end
    set_formula_weights(*linear);
    const QuantisedTensors stored = quantised(linear->weight, format);
    const at::Tensor weight = dequantised(stored, at::kFloat);
    linear->hold_integers(format, stored.codes, stored.scales);
    for (const std::int64_t rows : {1, 3, 37}) {
      const at::Tensor x = formula_tensor({rows, 96}, 2.0, 5.0);
      const at::Tensor expected =
          at::matmul(in_double(x), in_double(weight).t()) + in_double(linear->bias);
      const at::Tensor errors =
          (in_double(linear->forward(x.view({1, rows, 96})).squeeze(0)) - expected).abs();
      const at::Tensor bounds = largest_errors(x, weight);
      ck_assert_msg(errors.le(bounds).all().item<bool>(), "%s, %d rows",
                    std::string(to_string(format)).c_str(), static_cast<int>(rows));
      ck_assert(linear->forward(x.to(at::kBFloat16)).scalar_type() == at::kBFloat16);
    }
  }
}
END_TEST

START_TEST(several_linears_in_one_walk_give_what_each_gives_alone) {
  const c10::InferenceMode inference;
  Linear first(LinearConfig{.input_width = 64, .output_width = 40});
  Linear second(LinearConfig{.input_width = 64, .output_width = 7, .has_bias = false});
  for (auto [linear, format] :
       {std::pair(first, WeightFormat::kInt4), std::pair(second, WeightFormat::kInt8)}) {
    set_formula_weights(*linear);
    const QuantisedTensors stored = quantised(linear->weight, format);
    linear->hold_integers(format, stored.codes, stored.scales);
  }
  const at::Tensor x = formula_tensor({5, 64});
  QuantisedRows rows;
  quantise_rows(x.data_ptr<float>(), 5, 64, 64, rows);
  const at::Tensor together = at::full({5, 50}, -1.0);
  float* const result = together.data_ptr<float>();
  const RowProducts products[] = {{.linear = first.get(), .result = result, .stride = 50},
                                  {.linear = second.get(), .result = result + 40, .stride = 50}};
  multiply_rows(rows, products);
  ck_assert(at::equal(together.narrow(1, 0, 40), first->forward(x)));
  ck_assert(at::equal(together.narrow(1, 40, 7), second->forward(x)));
  ck_assert(together.narrow(1, 47, 3).eq(-1.0).all().item<bool>());
}
END_TEST

// A row as Llama's are: some channels are some hundred times the others. What the formats lose of
// the product with part of a seven-billion-weight model's matrices, for the log; the errors' bounds
// are those above.
START_TEST(outlier_channels_do_not_spoil_a_row) {
  const c10::InferenceMode inference;
  at::manual_seed(3);
  for (const std::int64_t inputs : {4096, 11008}) {
    at::Tensor x = at::empty({4, inputs}).normal_();
    for (const std::int64_t channel : {7, 1415, 2533}) x.select(1, channel).mul_(300.0);
    const at::Tensor weight = at::empty({256, inputs}).normal_(0.0, 0.02);
    const at::Tensor expected = at::matmul(in_double(x), in_double(weight).t());
    const auto relative_error = [&](const at::Tensor& product) {
      return ((in_double(product) - expected).norm() / expected.norm()).item<double>();
    };
    std::printf("[256, %d] bfloat16 %.5f", static_cast<int>(inputs),
                relative_error(at::matmul(x.to(at::kBFloat16), weight.to(at::kBFloat16).t())));
    for (const auto format : kFormats) {
      Linear linear(LinearConfig{
          .input_width = static_cast<int>(inputs), .output_width = 256, .has_bias = false});
      const QuantisedTensors stored = quantised(weight, format);
      linear->hold_integers(format, stored.codes, stored.scales);
      const at::Tensor dequantised_weight = dequantised(stored, at::kFloat);
      const at::Tensor product = linear->forward(x);
      std::printf(", %s %.5f", std::string(to_string(format)).c_str(), relative_error(product));
      const at::Tensor of_same_weights =
          at::matmul(in_double(x), in_double(dequantised_weight).t());
      ck_assert((in_double(product) - of_same_weights)
                    .abs()
                    .le(largest_errors(x, dequantised_weight))
                    .all()
                    .item<bool>());
      // Beside the outliers the others are a hundredth of the row's length. Codes that the outlier
      // alone fills would lose a third of them in its group, 32 of some thousands: what the rows'
      // integers lose must stay below what the weights' do.
      ck_assert_double_lt(
          ((in_double(product) - of_same_weights).norm() / expected.norm()).item<double>(), 0.004);
    }
    std::printf(" of the product's length\n");
  }
}
END_TEST

// A model whose files are holes, zeros without disk: `layers` of 4.2 million weights.
void write_hollow_model(const fs::path& path, int layers) {
  ModelConfig config = tiny_published_config();
  config.decoder.width = 512;
  config.decoder.mlp_width = 2048;
  config.decoder.layers = layers;
  config.projector.output_width = 512;
  fs::create_directories(path);
  write_tiny_tokenizer(path / "tokenizer.model");
  write_file(path / "config.json", model_config_to_json(config).dump());
  const UnsetWeights unset;
  nlohmann::json header;
  std::int64_t end = 0;
  for (const auto& [name, tensor] : weights_of(*CaptioningModel(config))) {
    const std::int64_t begin = end;
    end += tensor.numel() * 2;
    header[name] = {
        {"dtype", "BF16"}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  write_file(path / "model.safetensors",
             std::string(reinterpret_cast<const char*>(&length), sizeof length) + text);
  fs::resize_file(path / "model.safetensors",
                  sizeof length + length + static_cast<std::uint64_t>(end));
}

// Resident, mapped files included.
std::int64_t peak_bytes_of_quantising(const fs::path& model, const fs::path& out) {
  const pid_t child = ::fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) std::_Exit(99);
    ::execl(DALI_QUANTISE, DALI_QUANTISE, model.c_str(), "--out", out.c_str(),
            static_cast<char*>(nullptr));
    std::_Exit(98);
  }
  int status = 0;
  rusage used = {};
  ck_assert_int_eq(::wait4(child, &status, 0, &used), child);
  ck_assert_int_eq(WEXITSTATUS(status), 0);
  return used.ru_maxrss * 1024;
}

START_TEST(a_large_model_is_quantised_in_no_more_memory_than_a_small_one) {
  const TemporaryDirectory directory;
  write_hollow_model(directory / "small", 2);
  write_hollow_model(directory / "large", 52);
  const auto large_bytes =
      static_cast<std::int64_t>(fs::file_size(directory / "large" / "model.safetensors"));
  ck_assert_int_gt(large_bytes, 400'000'000);
  const auto small_peak = peak_bytes_of_quantising(directory / "small", directory / "small-int8");
  const auto large_peak = peak_bytes_of_quantising(directory / "large", directory / "large-int8");
  ck_assert_msg(large_peak - small_peak < large_bytes / 8, "%lld bytes, and %lld for 2 layers",
                static_cast<long long>(large_peak), static_cast<long long>(small_peak));
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("quantised models");
  TCase* made = tcase_create("made");
  tcase_add_test(made, the_matrices_that_rows_are_multiplied_with_are_stored_as_integers);
  tcase_add_test(made, classes_stay_with_the_model);
  tcase_add_test(made, an_import_to_integers_is_an_import_that_is_quantised);
  tcase_add_test(made, what_is_quantised_already_is_refused);
  tcase_add_test(made, weights_that_are_not_finite_stop_the_quantising_and_leave_nothing);
  tcase_add_test(made, a_large_model_is_quantised_in_no_more_memory_than_a_small_one);
  suite_add_tcase(suite, made);
  TCase* loaded = tcase_create("loaded");
  tcase_add_test(loaded, integers_are_used_where_their_file_is_mapped);
  tcase_add_test(loaded, without_keeping_integers_numbers_are_loaded_that_can_be_trained);
  tcase_add_test(loaded, an_overlay_may_bring_numbers_over_integers_and_integers_over_numbers);
  tcase_add_test(loaded, files_with_integers_that_are_wrong_are_refused_by_tensor_and_reason);
  tcase_add_test(loaded, a_header_has_to_say_how_integers_lie);
  suite_add_tcase(suite, loaded);
  TCase* multiplied = tcase_create("multiplied");
  tcase_add_test(multiplied, a_linear_of_integers_multiplies_as_its_numbers_would);
  tcase_add_test(multiplied, several_linears_in_one_walk_give_what_each_gives_alone);
  tcase_add_test(multiplied, outlier_channels_do_not_spoil_a_row);
  suite_add_tcase(suite, multiplied);
  return run_suite(suite);
}
