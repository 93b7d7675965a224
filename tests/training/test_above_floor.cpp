// SPDX-License-Identifier: LGPL-2.1-or-later
// Which tokens attentive transport leaves above the floor, and captions of pictures from these
// alone: against a decoder that is fed them by hand.
#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "media/clips/clip_list.h"
#include "model/audio/log_mel.h"
#include "model/base/one_line.h"
#include "model/language/generation.h"
#include "model/language/multimodal_sequence.h"
#include "model/language/prompt.h"
#include "model/vision/image_transform.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/training/tiny_clips.h"
#include "training/data/clip_windows.h"
#include "training/data/trained_model.h"
#include "training/evaluate/above_floor.h"

namespace dali {
namespace {

constexpr int kWidth = 16;  // that the scorers' eight heads divide
constexpr int kImageTokens = 16;

// Five tokens, of whose attention a hundredth of a uniform weight is 0.002.
START_TEST(a_token_is_above_the_floor_from_a_hundredth_of_a_uniform_weight_on) {
  const auto attention = at::tensor({0.6, 0.3941, 0.0021, 0.0019, 0.0019}, at::kDouble);
  const auto level = at::full({5}, 0.2, at::kDouble);
  const auto one = at::tensor({0.0, 0.0, 1.0, 0.0, 0.0}, at::kDouble);
  const auto weights = (at::stack({attention, level, one}) + 0.2) / 2;
  const auto expected = at::tensor({1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0}).view({3, 5});
  ck_assert(at::equal(is_above_floor(weights), expected.to(at::kBool)));
}
END_TEST

// Scorers whose attention is as sharp as `scale` says; 0: level.
void set_scorers(AttentiveTransport& scorers, double scale) {
  set_formula_weights(scorers);
  const at::NoGradGuard no_gradients;
  for (const auto& parameter : scorers.named_parameters()) {
    if (parameter.key().find("out_proj") != std::string::npos) parameter.value().mul_(scale);
  }
}

constexpr double kSharp = 2e5;

// By what is logged of a step: the softmax, which is twice the weight but for its uniform half.
START_TEST(the_logged_share_at_the_floor_is_of_the_same_tokens) {
  AttentiveTransport scorers(kWidth);
  set_scorers(scorers, kSharp);
  const auto audio = formula_tensor({3, 6, kWidth});
  const auto image = formula_tensor({3, kImageTokens, kWidth}, 1.0, 9.0);
  const auto figures = scorers.clip_terms(audio, image).figures;
  const auto weights = scorers.weights(audio, image);
  const auto share_of = [](const torch::Tensor& side) {
    const auto softmax = side.detach().to(at::kDouble) * 2 - 1.0 / side.size(1);
    return (softmax * side.size(1) < 0.01).to(at::kDouble).mean().item<double>();
  };
  ck_assert_double_eq_tol(figures.at("floor of audio"), share_of(weights.audio), 1e-12);
  ck_assert_double_eq_tol(figures.at("floor of image"), share_of(weights.image), 1e-12);
  ck_assert(figures.at("floor of image") > 0.0 && figures.at("floor of image") < 1.0);
}
END_TEST

// A model folder with scorers, and clips.
struct Scored {
  explicit Scored(double scale) {
    ModelConfig config = tiny_model_config();
    config.audio_tower.output_width = kWidth;
    config.vision_tower.width = kWidth;
    config.vision_tower.image_size_px = 56;
    config.projector.input_width = kWidth;
    config.decoder.vocabulary = kTinyVocabulary;
    model = CaptioningModel(config);
    set_formula_weights(*model);
    set_scorers(scorers, scale);
    write_tiny_tokenizer(folder / "tokenizer.model");
    write_complete(
        folder / "model",
        {.model = model, .directory = folder / "model", .tokenizer = folder / "tokenizer.model"});
    write_loss_weights(folder / "model", scorers);
    write_tiny_clips(folder.path());
    clips = read_clip_list(folder / "manifest.jsonl").clips;
    captioner = Captioner::load(folder / "model", {.device = "cpu", .precision = "float32"});
  }

  TemporaryDirectory folder;
  CaptioningModel model{nullptr};
  AttentiveTransport scorers{kWidth};
  std::vector<Clip> clips;
  std::shared_ptr<Captioner> captioner;
};

constexpr Modality kModalities[] = {Modality::kImage, Modality::kAudiovisual, Modality::kAuto};

START_TEST(with_all_tokens_above_the_floor_captions_are_those_of_all_tokens) {
  const Scored scored(0.0);
  AboveFloorCaptioner above_floor(scored.captioner, scored.folder / "model");
  for (const Clip& clip : scored.clips) {
    const ClipWindow window = read_window(clip, Modality::kAudiovisual);
    const CaptionRequest request = {
        .modality = kModalities[_i], .temperature = 1.0, .seed = 4, .threads = 1};
    const AboveFloorCaption few = above_floor.describe(window.view(), request);
    const Caption all = scored.captioner->describe(window.view(), request, {});
    ck_assert_int_eq(few.tokens, kImageTokens);
    ck_assert_int_eq(few.shown_tokens, kImageTokens);
    ck_assert_str_eq(few.caption.text.c_str(), all.text.c_str());
    ck_assert_int_eq(few.caption.token_count, all.token_count);
    ck_assert_double_eq(few.caption.mean_log_probability, all.mean_log_probability);
  }
}
END_TEST

// What greedy decoding makes of these tokens.
GeneratedTokens generated_by_hand(CaptioningModel& model, const Tokenizer& tokenizer,
                                  const torch::Tensor& condition) {
  const PromptConfig& prompt = model->config.prompt;
  const auto ids = encode_prompt(tokenizer, conversation_text(prompt, prompt.question));
  const SequenceSample sample{.ids = ids, .labels = {}, .inserted = condition[0]};
  const auto embed = [&](const torch::Tensor& text) { return model->decoder->embed(text); };
  return generate(
      model->decoder, sequence_batch({&sample, 1}, embed).embeddings,
      {.eos_id = tokenizer.eos_id(), .max_new_tokens = model->config.sampling.max_new_tokens});
}

START_TEST(captions_are_those_of_the_tokens_above_the_floor) {
  const c10::InferenceMode no_gradients;
  Scored scored(kSharp);
  CaptioningModel& model = scored.model;
  const Tokenizer tokenizer(scored.folder / "tokenizer.model");
  AboveFloorCaptioner above_floor(scored.captioner, scored.folder / "model");
  const bool is_heard = kModalities[_i] != Modality::kImage;
  int clips_with_few = 0;
  for (const Clip& clip : scored.clips) {
    const ClipWindow window = read_window(clip, Modality::kAudiovisual);
    const auto log_mel = log_mel_spectrogram(*window.samples, model->config.spectrogram);
    const auto spectrogram = normalised_spectrogram(log_mel, model->config.spectrogram);
    const auto audio = model->audio_tokens(spectrogram.unsqueeze(0));
    const auto pixels = image_to_pixels(window.picture->view(), model->config.vision_tower);
    const auto image = model->image_tokens(pixels.unsqueeze(0));

    const auto weights = scored.scorers.weights(audio, image).image[0];
    std::vector<std::int64_t> places;
    for (std::int64_t token = 0; token < kImageTokens; ++token) {
      const double softmax = 2 * weights[token].item<double>() - 1.0 / kImageTokens;
      if (softmax * kImageTokens >= 0.01) places.push_back(token);
    }
    const auto condition = model->condition(image.index_select(1, at::tensor(places)),
                                            is_heard ? audio : torch::Tensor());
    const GeneratedTokens expected = generated_by_hand(model, tokenizer, condition);
    const std::string text = on_one_line(tokenizer.decode(expected.ids));

    const AboveFloorCaption found =
        above_floor.describe(window.view(), {.modality = kModalities[_i], .threads = 1});
    ck_assert_int_eq(found.shown_tokens, std::ssize(places));
    ck_assert_int_eq(found.tokens, kImageTokens);
    ck_assert_str_eq(found.caption.text.c_str(), text.c_str());
    const auto tokens = static_cast<double>(expected.ids.size());
    ck_assert_double_eq_tol(found.caption.mean_log_probability,
                            expected.sum_log_probability / tokens, 1e-5);
    const Caption all =
        scored.captioner->describe(window.view(), {.modality = kModalities[_i], .threads = 1}, {});
    const bool is_few = std::ssize(places) < kImageTokens;
    clips_with_few += is_few ? 1 : 0;
    ck_assert(is_few == (all.mean_log_probability != found.caption.mean_log_probability));
  }
  ck_assert_int_gt(clips_with_few, 0);
}
END_TEST

START_TEST(what_is_missing_is_named) {
  const Scored scored(kSharp);
  AboveFloorCaptioner above_floor(scored.captioner, scored.folder / "model");
  const ClipWindow picture = read_window(scored.clips.front(), Modality::kImage);
  expect_one_line_with(error_message_of<CaptionError>([&] {
                         above_floor.describe(picture.view(), {.modality = Modality::kImage});
                       }),
                       "the window lacks sound or a picture");
  const auto file = loss_weights_file(scored.folder / "model");
  write_file(file, "no weights");
  expect_one_line_with(error_message_of<std::runtime_error>(
                           [&] { AboveFloorCaptioner(scored.captioner, scored.folder / "model"); }),
                       file.string());
  std::filesystem::remove(file);
  expect_one_line_with(error_message_of<std::runtime_error>(
                           [&] { AboveFloorCaptioner(scored.captioner, scored.folder / "model"); }),
                       file.string() + ": is not there");
}
END_TEST

Suite* above_floor_suite() {
  Suite* suite = suite_create("above floor");
  TCase* weights = tcase_create("weights");
  tcase_add_test(weights, a_token_is_above_the_floor_from_a_hundredth_of_a_uniform_weight_on);
  tcase_add_test(weights, the_logged_share_at_the_floor_is_of_the_same_tokens);
  suite_add_tcase(suite, weights);
  TCase* captions = tcase_create("captions");
  tcase_add_loop_test(captions, with_all_tokens_above_the_floor_captions_are_those_of_all_tokens, 0,
                      3);
  tcase_add_loop_test(captions, captions_are_those_of_the_tokens_above_the_floor, 0, 3);
  tcase_add_test(captions, what_is_missing_is_named);
  suite_add_tcase(suite, captions);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::above_floor_suite());
}
