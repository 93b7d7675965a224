// SPDX-License-Identifier: LGPL-2.1-or-later
// Stages on a tiny model: what the loop relies on, and where their examples come from.
#include <ATen/Functions.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/embedded_model.h"
#include "model/captioner/captioning_model.h"
#include "model/weights/load_weights.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/training/tiny_clips.h"
#include "tests/training/tiny_stages.h"
#include "toyworld/scene.h"
#include "training/data/label_order.h"
#include "training/loop/adam.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/align_stage.h"
#include "training/stages/distill_stage.h"
#include "training/stages/vision_stage.h"

namespace dali {
namespace {

// The audio tower's tokens of fixed noise: what alignment moved.
torch::Tensor tokens_after_alignment(const ClipSet& clips, const std::string& loss,
                                     const LoopConfig& config) {
  const TemporaryDirectory out;
  prepare_training(config);
  const CaptioningModel model = tiny_formula_model();
  AlignStage stage(model, clips, /*validation_clips=*/&clips, {.loss = loss, .learning_rate = 1e-3},
                   5);
  train(stage, config, out.path());
  return CaptioningModel(model)->audio_tokens(formula_tensor({1, 64, 32}));
}

START_TEST(clips_from_disk_are_those_in_memory) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet kept = tiny_clips(folder.path(), kInMemory);
  const ClipSet streamed = tiny_clips(folder.path(), kFromDisk);
  ck_assert(kept.is_in_memory() && !streamed.is_in_memory());
  const ClipRequest requests[] = {
      {.clip = 4, .frame = 1}, {.clip = 0, .frame = 0}, {.clip = 5, .frame = 1}};
  streamed.announce(std::span(requests).first(2));
  const ClipBatch from_memory = kept.read(requests);
  const ClipBatch from_disk = streamed.read(requests);
  ck_assert(at::equal(from_memory.spectrograms, from_disk.spectrograms));
  ck_assert(at::equal(from_memory.pixels, from_disk.pixels));
  ck_assert_int_eq(from_disk.spectrograms.size(0), 3);
}
END_TEST

// A pipe instead of a file shows who reads: it can be opened for writing once somebody does.
START_TEST(what_is_announced_is_read_ahead) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const auto pipe = folder / "clip1.wav";
  std::filesystem::remove(pipe);
  ck_assert_int_eq(mkfifo(pipe.c_str(), 0600), 0);
  const ClipSet clips = tiny_clips(folder.path(), kFromDisk);
  const ClipRequest requests[] = {{.clip = 1, .frame = 0}, {.clip = 2, .frame = 0}};
  clips.announce(requests);
  int writer = -1;
  for (int attempt = 0; writer < 0 && attempt < 1000; ++attempt) {
    usleep(10000);
    writer = open(pipe.c_str(), O_WRONLY | O_NONBLOCK);
  }
  ck_assert_msg(writer >= 0, "nobody reads");
  close(writer);
  const ClipBatch batch = clips.read(requests);
  ck_assert_uint_eq(batch.requests.size(), 1);  // the pipe held no sound
  ck_assert_int_eq(batch.requests[0].clip, 2);
}
END_TEST

START_TEST(clips_that_cannot_be_read_are_left_out) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  write_file(folder / "clip2.wav", "RIFF");
  std::filesystem::remove(folder / "clip4-0.ppm");
  const ClipSet kept = tiny_clips(folder.path(), kInMemory);
  ck_assert_int_eq(kept.size(), kTinyClips - 2);
  const std::string& third = kept.clip(2).id;
  ck_assert_str_eq(third.c_str(), "clip3");
  const ClipSet streamed = tiny_clips(folder.path(), kFromDisk);
  const ClipRequest requests[] = {{.clip = 2, .frame = 1},
                                  {.clip = 3, .frame = 0},
                                  {.clip = 4, .frame = 0},
                                  {.clip = 4, .frame = 1}};
  const ClipBatch batch = streamed.read(requests);
  ck_assert_uint_eq(batch.requests.size(), 2);
  ck_assert_int_eq(batch.requests[0].clip, 3);
  ck_assert_int_eq(batch.requests[1].frame, 1);
}
END_TEST

// Pictures go through the vision tower in other batches then, which rounds differently.
START_TEST(alignment_from_disk_is_alignment_from_memory) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const LoopConfig config{.epochs = 4, .batch_size = 2, .schedule = "constant"};
  const auto kept = tokens_after_alignment(tiny_clips(folder.path(), kInMemory), "mmd", config);
  const auto streamed = tokens_after_alignment(tiny_clips(folder.path(), kFromDisk), "mmd", config);
  const auto before = tiny_formula_model()->audio_tokens(formula_tensor({1, 64, 32}));
  ck_assert_double_lt(greatest_difference(kept, streamed), 1e-4);
  ck_assert_double_gt(greatest_difference(kept, before), 1e-2);
}
END_TEST

START_TEST(parts_of_an_alignment_batch_add_up) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path(), kInMemory);
  LoopConfig config{.epochs = 3, .batch_size = 6, .schedule = "constant"};
  const auto whole = tokens_after_alignment(clips, "ot", config);
  config.micro_batch_size = 4;
  ck_assert_double_lt(greatest_difference(whole, tokens_after_alignment(clips, "ot", config)),
                      1e-4);
}
END_TEST

// The projector's gradient of a batch whose captions have different lengths.
struct DistillRun {
  torch::Tensor gradient;
  double weight = 0.0;
};

DistillRun distilled(DistillStage& stage, const CaptioningModel& model,
                     std::span<const std::int64_t> examples) {
  for (auto& parameter : model->audio_projector->parameters())
    parameter.mutable_grad() = at::Tensor();
  const BatchFigures figures = stage.accumulate_gradients(examples);
  return {model->audio_projector->parameters().front().grad().clone(), figures.weight};
}

START_TEST(parts_of_a_caption_batch_add_up_and_recomputing_changes_nothing) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  write_tiny_tokenizer(folder / "tokenizer.model");
  const Tokenizer tokenizer(folder / "tokenizer.model");
  const ClipSet clips = tiny_clips(folder.path(), kInMemory);
  const CaptioningModel model = tiny_formula_model();
  Labels labels;
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    labels[clips.clip(clip).id] = clips.clip(clip).audio_captions.front();
  }
  DistillStage stage(model, tokenizer, {clips, labels}, /*validation=*/nullptr, {}, /*seed=*/1);
  stage.parameter_groups();
  const std::int64_t examples[] = {0, 2, 3, 5};
  const DistillRun whole = distilled(stage, model, examples);
  const DistillRun first = distilled(stage, model, std::span(examples).first(1));
  const DistillRun rest = distilled(stage, model, std::span(examples).last(3));
  ck_assert_double_eq(whole.weight, first.weight + rest.weight);
  // Letters and spaces, one of these in front, and each caption's end.
  ck_assert_double_eq(whole.weight, 6 + 14 + 2 + 2 + 4);
  const double scale = whole.gradient.abs().max().item<double>();
  ck_assert_double_lt(greatest_difference(whole.gradient, first.gradient + rest.gradient),
                      1e-5 * scale);

  stage.set_precision({.recomputes_activations = true});
  ck_assert(at::equal(distilled(stage, model, examples).gradient, whole.gradient));
  stage.set_precision({.dtype = at::kBFloat16, .recomputes_activations = true});
  const DistillRun rounded = distilled(stage, model, examples);
  ck_assert(rounded.gradient.scalar_type() == at::kBFloat16);
  ck_assert_double_lt(greatest_difference(rounded.gradient, whole.gradient), 0.1 * scale);
}
END_TEST

// Clips with their own captions as labels, and a stage that also trains the tower on them.
struct TowerRun {
  TemporaryDirectory folder;
  CaptioningModel model = tiny_formula_model();
  std::optional<Tokenizer> tokenizer;
  std::optional<ClipSet> clips;
  std::optional<DistillStage> stage;

  explicit TowerRun(const DistillConfig& config = {.trains = "tower"},
                    const std::string& label = "") {
    write_tiny_clips(folder.path());
    write_tiny_tokenizer(folder / "tokenizer.model");
    tokenizer.emplace(folder / "tokenizer.model");
    clips.emplace(tiny_clips(folder.path(), kInMemory));
    Labels labels;
    for (std::int64_t clip = 0; clip < clips->size(); ++clip) {
      labels[clips->clip(clip).id] =
          label.empty() ? clips->clip(clip).audio_captions.front() : label;
    }
    stage.emplace(model, *tokenizer, LabelledClips{*clips, labels}, /*validation=*/nullptr, config,
                  /*seed=*/1);
    stage->parameter_groups();
  }

  // The loss summed over the targets; leaves its gradients.
  double loss() {
    const std::int64_t examples[] = {0, 2, 3, 5};
    const BatchFigures figures = stage->accumulate_gradients(examples);
    return figures.weight * figures.means.at("loss");
  }
};

// By finite differences along the gradient, whose slope is its norm.
START_TEST(labels_teach_a_trained_tower) {
  TowerRun run;
  const auto groups = run.stage->parameter_groups();
  ck_assert_uint_eq(groups.size(), 2);
  ck_assert_str_eq(groups[1].name.c_str(), "audio_tower");
  run.loss();
  std::vector<std::pair<torch::Tensor, torch::Tensor>> tower;
  double squares = 0.0;
  for (const auto& [name, weight] : groups[1].parameters) {
    tower.emplace_back(weight, weight.grad().clone());
    squares += tower.back().second.square().sum().item<double>();
  }
  const double slope = std::sqrt(squares);
  ck_assert_double_gt(slope, 1e-3);
  const c10::NoGradGuard not_of_the_graph;
  const auto loss_at = [&](double distance) {
    for (auto& [weight, gradient] : tower) weight.add_(gradient, distance / slope);
    const c10::AutoGradMode gradients(true);
    const double loss = run.loss();
    for (auto& [weight, gradient] : tower) weight.detach().add_(gradient, -distance / slope);
    return loss;
  };
  constexpr double kStep = 0.01;
  const double measured = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
  ck_assert_double_eq_tol(measured / slope, 1.0, 0.02);
}
END_TEST

START_TEST(what_a_tower_hears_of_a_clip_varies_with_the_epoch_alone) {
  TowerRun run;
  run.stage->begin_epoch(1);
  const double first = run.loss();
  ck_assert_double_eq(run.loss(), first);
  run.stage->begin_epoch(2);
  ck_assert_double_ne(run.loss(), first);
}
END_TEST

// Over 20 epochs, in each of which other clips come together: how many targets one example has.
double targets_of(std::int64_t example, const DistillConfig& config,
                  const std::string& label = "") {
  TowerRun run(config, label);
  const std::int64_t examples[] = {example};
  double targets = 0.0;
  for (int epoch = 1; epoch <= 20; ++epoch) {
    run.stage->begin_epoch(epoch);
    targets += run.stage->accumulate_gradients(examples).weight;
  }
  return targets;
}

// "x" alone is a space, a letter and the end. The labels of two are one longer text, unless the
// longest label is shorter than that, they are of the same thing, or one of them says that nothing
// is heard.
START_TEST(clips_that_are_heard_together_are_told_together) {
  const auto mixed = [](const std::string& silence) {
    return DistillConfig{
        .trains = "tower", .mixed_share = 1.0, .joined_by = "a", .silence = silence};
  };
  constexpr std::int64_t kX = 3;
  constexpr std::int64_t kTheLongest = 2;
  const double apart = targets_of(kX, {.trains = "tower"});
  ck_assert_double_eq(apart, 20 * 3);
  ck_assert_double_gt(targets_of(kX, mixed("")), apart);
  ck_assert_double_eq(targets_of(kX, mixed("x")), apart);
  ck_assert_double_eq(targets_of(kTheLongest, mixed("")),
                      targets_of(kTheLongest, {.trains = "tower"}));
  ck_assert_double_eq(targets_of(0, mixed(""), "a dog"),
                      targets_of(0, {.trains = "tower"}, "a dog"));
}
END_TEST

START_TEST(labels_come_in_one_order) {
  const std::vector<std::string> joints = {"while", "and"};
  const auto expect = [&](const char* label, const char* ordered) {
    const std::string is = in_alphabetical_order(label, joints);
    ck_assert_str_eq(is.c_str(), ordered);
  };
  expect("a frog croaks while a dog barks", "a dog barks while a frog croaks");
  expect("a dog barks while a frog croaks", "a dog barks while a frog croaks");
  expect("rain falls and a cat meows while a bell rings",
         "a bell rings and a cat meows while rain falls");
  expect("a sandy beach", "a sandy beach");
  expect("", "");
}
END_TEST

// The first words that a run of sorted labels is taught do not depend on how they were ordered.
START_TEST(sorted_labels_teach_the_same_whatever_their_order) {
  const auto loss_of = [](bool sorts, const std::string& label) {
    TowerRun run({.trains = "tower", .joined_by = "a", .sorts_labels = sorts}, label);
    return run.loss();
  };
  ck_assert_double_eq(loss_of(true, "x a dog"), loss_of(true, "dog a x"));
  ck_assert_double_eq(loss_of(true, "x a dog"), loss_of(false, "dog a x"));
  ck_assert_double_ne(loss_of(false, "x a dog"), loss_of(false, "dog a x"));
}
END_TEST

START_TEST(a_share_that_is_none_is_refused) {
  const auto refused = [](const DistillConfig& config) {
    return error_message_of<std::invalid_argument>([&] { TowerRun run(config); });
  };
  const std::string large = refused({.trains = "tower", .mixed_share = 1.5});
  ck_assert_str_eq(large.c_str(), "mixed_share is 1.5, but must be from 0 to 1");
  const std::string frozen = refused({.mixed_share = 0.5});
  ck_assert_msg(contains(frozen, "mixed_share is for trains=tower"), "%s", frozen.c_str());
}
END_TEST

START_TEST(what_is_neither_projector_nor_tower_is_not_trained) {
  const TowerRun run;
  const std::string error = error_message_of<std::invalid_argument>([&] {
    const DistillStage stage(run.model, *run.tokenizer, {*run.clips, {}}, nullptr,
                             {.trains = "decoder"}, /*seed=*/1);
  });
  ck_assert_str_eq(error.c_str(), "trains 'decoder' is neither projector nor tower");
}
END_TEST

// A run over tiny clips with one label for all but the first, which has `first`.
void distill_with_labels(const std::string& first, const std::string& others,
                         const std::filesystem::path& out) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  write_tiny_tokenizer(folder / "tokenizer.model");
  const Tokenizer tokenizer(folder / "tokenizer.model");
  const ClipSet clips = tiny_clips(folder.path(), kInMemory);
  Labels labels;
  for (int clip = 0; clip < kTinyClips; ++clip) labels[tiny_clip_name(clip)] = others;
  labels[tiny_clip_name(0)] = first;
  const LabelledClips labelled = {clips, labels};
  DistillStage stage(tiny_formula_model(), tokenizer, labelled, &labelled, {.learning_rate = 1e-3},
                     /*seed=*/1);
  // One at a time, so that the empty one is a part without a target.
  train(stage, {.batch_size = kTinyClips, .micro_batch_size = 1}, out);
}

START_TEST(an_empty_caption_teaches_nothing_and_stops_nothing) {
  const TemporaryDirectory out;
  distill_with_labels("", "a dog barks", out.path());
  ck_assert(std::filesystem::exists(out / "curves.svg"));
  const std::string error = error_message_of<std::runtime_error>(
      [] { distill_with_labels("", "", TemporaryDirectory().path()); });
  ck_assert_msg(contains(error, "labels are empty or taken for several turns"), "%s",
                error.c_str());
}
END_TEST

START_TEST(recomputing_gives_a_trained_decoder_its_gradients) {
  Decoder decoder(tiny_model_config().decoder);
  set_formula_weights(*decoder);
  const auto embeddings = formula_tensor({2, 7, 16});
  const auto gradients = [&] {
    const auto input = embeddings.detach().clone().set_requires_grad(true);
    decoder->zero_grad();
    decoder->forward(input).square().sum().backward();
    std::vector<torch::Tensor> all = {input.grad().clone()};
    for (const auto& parameter : decoder->layers->parameters()) {
      all.push_back(parameter.grad().clone());
    }
    return all;
  };
  const auto kept = gradients();
  decoder->recomputes_layers = true;
  const auto recomputed = gradients();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    ck_assert_msg(at::equal(kept[i], recomputed[i]), "gradient %zu differs", i);
  }
}
END_TEST

// A step far below bfloat16's resolution, a thousand times: only float32 adds it up.
START_TEST(small_steps_add_up_in_bfloat16) {
  auto weight = at::ones({3});
  Adam adam({.name = "all", .parameters = {{"weight", weight}}, .adam = {.learning_rate = 1e-4}});
  weight.set_data(weight.to(at::kBFloat16));
  weight.set_requires_grad(true);
  for (int step = 0; step < 1000; ++step) {
    weight.sum().backward();
    adam.take_gradients();
    adam.step(1.0);
  }
  ck_assert(weight.scalar_type() == at::kBFloat16);
  ck_assert_double_eq_tol(weight[0].item<double>(), 0.9, 0.003);
  adam.release_weights();
  ck_assert(weight.scalar_type() == at::kFloat);
  ck_assert_double_eq_tol(weight[0].item<double>(), 0.9, 1e-4);
}
END_TEST

// What a stage's program writes, by the beginnings of the tensors' names, and what of it is
// trained.
struct Written {
  const char* stage;
  const char* written;
  std::vector<std::string> trained;
  std::string fixed = "";  // among the trained ones
};

const Written kWritten[] = {
    {"align", "audio_tower.", {"audio_tower."}, "audio_tower.position_embedding"},
    {"vision", "", {"vision_tower."}},
    {"pretrain", "", {"vision_tower.", "projector.", "decoder."}},
};

START_TEST(what_bfloat16_does_not_train_is_written_as_it_was) {
  const Written& row = kWritten[_i];
  const TemporaryDirectory out;
  TinyStage stage(row.stage);
  TensorMap before;
  for (const auto& [name, weight] : weights_of(*stage.model)) before[name] = weight.clone();
  train(*stage, {.epochs = 1, .batch_size = 2, .precision = "bfloat16"}, out.path());
  int fixed = 0;
  for (const auto& [name, weight] : weights_of(*stage.model)) {
    if (!name.starts_with(row.written)) continue;
    ck_assert_msg(weight.scalar_type() == at::kFloat, "%s is rounded", name.c_str());
    const bool is_trained = std::ranges::any_of(
        row.trained, [&](const std::string& prefix) { return name.starts_with(prefix); });
    if (is_trained && name != row.fixed) continue;
    ++fixed;
    ck_assert_msg(at::equal(weight, before.at(name)), "%s has changed", name.c_str());
  }
  ck_assert_int_gt(fixed, 0);
}
END_TEST

// A head that takes nothing from the picture foretells what its bias says: the same things whatever
// is shown.
START_TEST(the_vision_stage_counts_the_things_whose_nouns_are_likeliest) {
  const Tokenizer tokenizer(embedded_model_directory() / "tokenizer.model");
  ModelConfig config = tiny_formula_model()->config;
  config.decoder.vocabulary = tokenizer.vocabulary_size();
  VisionStage stage(CaptioningModel(config), tokenizer, {.validation_scenes = 50});
  const auto groups = stage.parameter_groups();
  const auto& head = groups.back().parameters;
  const c10::NoGradGuard no_gradients;
  at::Tensor(head.at("word_head.weight")).zero_();
  at::Tensor bias = head.at("word_head.bias");
  bias.zero_();
  const auto foretell = [&](SoundingThing thing, float logit) {
    bias[tokenizer.encode(std::string(words_of(thing).seen)).front()] = logit;
  };
  foretell(SoundingThing::kDog, 2.0F);
  foretell(SoundingThing::kBird, 1.0F);

  int shown = 0;
  int named = 0;
  for (std::uint64_t index = 0; index < 50; ++index) {
    const Scene scene = make_scene(1, index, {.split = Split::kTest});
    for (const SoundingFigure& figure : scene.sounding) {
      ++shown;
      const bool is_second = figure.thing == SoundingThing::kBird && scene.sounding.size() == 2;
      named += figure.thing == SoundingThing::kDog || is_second ? 1 : 0;
    }
  }
  ck_assert_int_gt(named, 0);
  ck_assert_double_eq_tol(stage.validate().at("things named"), 1.0 * named / shown, 1e-9);
}
END_TEST

Suite* stages_suite() {
  Suite* suite = suite_create("stages");
  TCase* clips = tcase_create("clips");
  tcase_add_test(clips, clips_from_disk_are_those_in_memory);
  tcase_add_test(clips, what_is_announced_is_read_ahead);
  tcase_add_test(clips, clips_that_cannot_be_read_are_left_out);
  suite_add_tcase(suite, clips);
  TCase* batches = tcase_create("batches");
  tcase_add_test(batches, alignment_from_disk_is_alignment_from_memory);
  tcase_add_test(batches, parts_of_an_alignment_batch_add_up);
  tcase_add_test(batches, parts_of_a_caption_batch_add_up_and_recomputing_changes_nothing);
  tcase_add_test(batches, labels_teach_a_trained_tower);
  tcase_add_test(batches, what_a_tower_hears_of_a_clip_varies_with_the_epoch_alone);
  tcase_add_test(batches, clips_that_are_heard_together_are_told_together);
  tcase_add_test(batches, labels_come_in_one_order);
  tcase_add_test(batches, sorted_labels_teach_the_same_whatever_their_order);
  tcase_add_test(batches, a_share_that_is_none_is_refused);
  tcase_add_test(batches, what_is_neither_projector_nor_tower_is_not_trained);
  tcase_add_test(batches, an_empty_caption_teaches_nothing_and_stops_nothing);
  tcase_add_test(batches, the_vision_stage_counts_the_things_whose_nouns_are_likeliest);
  suite_add_tcase(suite, batches);
  TCase* precision = tcase_create("precision");
  tcase_add_test(precision, recomputing_gives_a_trained_decoder_its_gradients);
  tcase_add_test(precision, small_steps_add_up_in_bfloat16);
  tcase_add_loop_test(precision, what_bfloat16_does_not_train_is_written_as_it_was, 0,
                      static_cast<int>(std::size(kWritten)));
  suite_add_tcase(suite, precision);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::stages_suite());
}
