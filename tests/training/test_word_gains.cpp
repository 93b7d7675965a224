// SPDX-License-Identifier: LGPL-2.1-or-later
// How much likelier the sound makes the words of captions: against a decoder that is fed one token
// more at a time, and what the embedded model makes of sounds that are not in the picture.

#include <ATen/ops/log_softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/captioner/captioner.h"
#include "model/language/multimodal_sequence.h"
#include "model/language/prompt.h"
#include "model/vision/image_transform.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/drawing.h"
#include "toyworld/scene.h"
#include "toyworld/synthesis.h"
#include "training/data/trained_model.h"

namespace {

using dali::Scene;

constexpr std::uint64_t kWorldSeed = 91;

Scene scene_of(std::uint64_t index, double unseen_share) {
  return dali::make_scene(
      kWorldSeed, index,
      {.split = dali::Split::kTest, .is_single_sound = true, .unseen_share = unseen_share});
}

// The decoder behind the embedded model, with the sound's and the picture's tokens.
struct Decoding {
  explicit Decoding(const Scene& scene)
      : trained(dali::load_trained_model(dali::embedded_model_directory())),
        tokenizer(trained.tokenizer) {
    trained.model->eval();
    const dali::ModelConfig& config = trained.model->config;
    const std::vector<float> samples = dali::synthesise(scene);
    const dali::RgbImage picture = dali::render_frame(scene, dali::kSceneSeconds / 2);
    const at::Tensor log_mel = dali::log_mel_spectrogram(samples, config.spectrogram);
    const at::Tensor spectrogram = dali::normalised_spectrogram(log_mel, config.spectrogram);
    audio = trained.model->audio_tokens(spectrogram.unsqueeze(0));
    const at::Tensor pixels = dali::image_to_pixels(picture.view(), config.vision_tower);
    image = trained.model->image_tokens(pixels.unsqueeze(0));
  }

  // log p(next | prompt, text), each token of both read anew.
  double log_probability(const at::Tensor& condition, const std::vector<std::int64_t>& text,
                         std::int64_t next) {
    const dali::PromptConfig& prompt = trained.model->config.prompt;
    std::vector<std::int64_t> ids =
        dali::encode_prompt(tokenizer, conversation_text(prompt, prompt.question));
    ids.insert(ids.end(), text.begin(), text.end());
    const dali::SequenceSample sample{.ids = ids, .labels = {}, .inserted = condition[0]};
    dali::Decoder decoder = trained.model->decoder;
    const auto embed = [&](const at::Tensor& of) { return decoder->embed(of); };
    const at::Tensor hidden =
        decoder->forward(dali::sequence_batch({&sample, 1}, embed).embeddings);
    const at::Tensor logits = decoder->logits(hidden.narrow(1, hidden.size(1) - 1, 1));
    return at::log_softmax(logits.to(at::kDouble), -1).flatten()[next].item<double>();
  }

  dali::TrainedModel trained;
  dali::Tokenizer tokenizer;
  at::Tensor audio;
  at::Tensor image;
};

dali::Caption described(const dali::Captioner& captioner, const Scene& scene,
                        dali::Modality modality = dali::Modality::kAudiovisual) {
  const std::vector<float> samples = dali::synthesise(scene);
  const dali::RgbImage picture = dali::render_frame(scene, dali::kSceneSeconds / 2);
  return captioner.describe({.audio = samples, .frame = picture.view()},
                            {.modality = modality, .weighs_words = true, .threads = 1}, {});
}

START_TEST(gains_are_those_of_a_decoder_that_reads_one_token_more_at_a_time) {
  const c10::InferenceMode inference;
  const auto captioner =
      dali::Captioner::load(dali::embedded_model_directory(), {.precision = "float32"});
  for (const double unseen_share : {0.0, 1.0}) {
    const Scene scene = scene_of(3, unseen_share);
    Decoding decoding(scene);
    const dali::Caption caption = described(*captioner, scene);
    const at::Tensor with_sound = decoding.trained.model->condition(decoding.image, decoding.audio);
    const at::Tensor without = decoding.trained.model->condition(decoding.image, {});
    // The words of the caption, as a reader divides it, and each token's share of the gain.
    std::vector<std::int64_t> said;
    std::vector<double> gains;
    std::string text;
    for (const std::int64_t id : decoding.tokenizer.encode(caption.text)) {
      const double gain = decoding.log_probability(with_sound, said, id) -
                          decoding.log_probability(without, said, id);
      said.push_back(id);
      const std::string longer = decoding.tokenizer.decode_unstripped(said);
      const std::string piece = longer.substr(text.size());
      text = longer;
      if (piece == " ") continue;  // of no word
      const bool begins_word = gains.empty() || piece.starts_with(' ');
      if (begins_word) gains.push_back(0.0);
      gains.back() += gain;
    }
    ck_assert_uint_eq(caption.weighed_words.size(), gains.size());
    std::string words;
    for (std::size_t at = 0; at < gains.size(); ++at) {
      words += (at == 0 ? "" : " ") + caption.weighed_words[at].text;
      std::printf("# %s %.4f %.4f\n", caption.weighed_words[at].text.c_str(),
                  caption.weighed_words[at].gain, gains[at]);
      // float32 in another order of additions.
      ck_assert_double_eq_tol(caption.weighed_words[at].gain, gains[at], 5e-3);
    }
    ck_assert_str_eq(words.c_str(), caption.text.c_str());
  }
}
END_TEST

START_TEST(words_are_weighed_where_sound_and_picture_made_the_caption) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  const Scene scene = scene_of(0, 0.0);
  const dali::Caption both = described(*captioner, scene);
  ck_assert(!both.weighed_words.empty() && both.timing.weighing_s > 0.0);
  for (const dali::Modality modality : {dali::Modality::kAudio, dali::Modality::kImage}) {
    const dali::Caption one = described(*captioner, scene, modality);
    ck_assert(one.weighed_words.empty() && one.timing.weighing_s == 0.0);
  }
  const std::vector<float> samples = dali::synthesise(scene);
  const dali::RgbImage picture = dali::render_frame(scene, dali::kSceneSeconds / 2);
  const dali::Caption plain =
      captioner->describe({.audio = samples, .frame = picture.view()}, {.threads = 1}, {});
  ck_assert(plain.weighed_words.empty());
  ck_assert_str_eq(plain.text.c_str(), both.text.c_str());
  ck_assert(plain.mean_log_probability == both.mean_log_probability);
}
END_TEST

// The figures of docs/training.md are of more scenes; this is that nothing has broken.
START_TEST(what_is_not_in_the_picture_gains_more_by_the_sound) {
  const auto captioner = dali::Captioner::load(dali::embedded_model_directory());
  std::vector<double> seen;
  std::vector<double> unseen;
  for (std::uint64_t index = 0; index < 24; ++index) {
    const bool is_unseen = index % 2 == 1;
    const Scene scene = scene_of(index, is_unseen ? 1.0 : 0.0);
    const auto& names = dali::words_of(dali::sounds_of(scene).front().thing).naming;
    for (const dali::WeighedWord& word : described(*captioner, scene).weighed_words) {
      if (std::ranges::find(names, word.text) == names.end()) continue;
      (is_unseen ? unseen : seen).push_back(word.gain);
      break;
    }
  }
  std::size_t right = 0;
  for (const double gain : unseen) right += gain >= dali::kOffScreenGain ? 1 : 0;
  for (const double gain : seen) right += gain < dali::kOffScreenGain ? 1 : 0;
  std::printf("# %zu of %zu told apart\n", right, seen.size() + unseen.size());
  ck_assert_uint_ge(seen.size(), 8);
  ck_assert_uint_ge(unseen.size(), 8);
  ck_assert_uint_ge(10 * right, 8 * (seen.size() + unseen.size()));
}
END_TEST

}  // namespace

int main() {
  Suite* suite = suite_create("word gains");
  TCase* gains = tcase_create("gains");
  tcase_add_test(gains, gains_are_those_of_a_decoder_that_reads_one_token_more_at_a_time);
  tcase_add_test(gains, words_are_weighed_where_sound_and_picture_made_the_caption);
  tcase_add_test(gains, what_is_not_in_the_picture_gains_more_by_the_sound);
  suite_add_tcase(suite, gains);
  return dali::run_suite(suite);
}
