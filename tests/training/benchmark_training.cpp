// SPDX-License-Identifier: LGPL-2.1-or-later
// Samples a second: of stage 1b's gradients at the shapes of CAV-MAE and CLIP and at the toy
// world's, with what they spend their time on and how long a step of each loss takes beside one of
// exact transport; image tokens, computed and kept; and clips from the disk. The name of a loss as
// argument leaves out all but that one and exact transport at the published shapes; "losses" takes
// all of them at the toy world's, and nothing else. Figures of one run beside each other: absolute
// ones say more about the machine and its other users.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "model/audio/audio_tower.h"
#include "model/language/projector.h"
#include "model/tensor/threads.h"
#include "tests/support/formula_weights.h"
#include "tests/support/least_time.h"
#include "tests/support/temporary_directory.h"
#include "training/data/clip_set.h"
#include "training/data/image_tokens.h"
#include "training/data/token_cache.h"
#include "training/losses/alignment_loss.h"
#include "training/losses/token_space.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

struct AlignmentShape {
  const char* name;
  ModelConfig config;
  std::int64_t batch;
  std::int64_t image_tokens;
  int turns;
};

ModelConfig published_shape() {
  ModelConfig config;
  config.spectrogram.mel_bins = 128;
  config.spectrogram.frames = 1024;
  config.audio_tower = {.width = 768,
                        .heads = 12,
                        .layers = 12,
                        .mlp_width = 3072,
                        .patch_size = 16,
                        .output_width = 1024};
  config.vision_tower.image_size_px = 336;
  config.projector = {.input_width = 1024, .output_width = 4096};
  return config;
}

ModelConfig toy_shape() {
  ModelConfig config = published_shape();
  config.audio_tower = {.width = 128,
                        .heads = 4,
                        .layers = 3,
                        .mlp_width = 384,
                        .patch_size = 32,
                        .output_width = 128};
  config.vision_tower.image_size_px = 64;
  config.projector = {.input_width = 128, .output_width = 128};
  return config;
}

// One batch as dali-align takes it: sounds through the tower, the loss, and back. The vision tower
// is frozen; its tokens are given here, as they are when clips are held in memory or tokens kept.
StepTimes align_batch(AudioTower& tower, AlignmentLoss& loss, const torch::Tensor& spectrograms,
                      const torch::Tensor& image) {
  StepClock clock;
  const auto audio = timed(StepPart::kTowers, [&] { return tower->forward(spectrograms); });
  const auto distance = timed(StepPart::kLoss, [&] { return loss.forward(audio, image).distance; });
  timed(StepPart::kBackward, [&] { distance.backward(); });
  return clock.stop();
}

// A loss and where it measures: behind a projector, as "decoder" does, or the tokens as they are.
struct MeasuredLoss {
  const char* name;
  bool is_in_the_decoders_space = false;
};

// A loss's fastest step, and how long it took beside one of exact transport: the median over turns
// in which every loss takes a step, so that a slow moment of the machine meets them all.
struct MeasuredSteps {
  StepTimes fastest;
  double beside_exact_transport = 0.0;  // 0 where that is not among the losses
};

std::vector<MeasuredSteps> measure_steps(const AlignmentShape& shape, AudioTower& tower,
                                         const torch::Tensor& spectrograms,
                                         const torch::Tensor& image,
                                         const std::vector<MeasuredLoss>& losses) {
  const int width = shape.config.audio_tower.output_width;
  Projector projector(shape.config.projector);
  for (auto& parameter : projector->parameters()) parameter.set_requires_grad(false);
  std::vector<std::shared_ptr<AlignmentLoss>> made;
  for (const MeasuredLoss& loss : losses) {
    made.push_back(make_alignment_loss(loss.name, width));
    made.back()->begin_epoch(2);
    if (!loss.is_in_the_decoders_space) continue;
    made.back()->measure_in(space_of_directions(
        [projector](const torch::Tensor& tokens) mutable { return projector->forward(tokens); },
        /*raw_share=*/0.1));
  }
  std::size_t exact = losses.size();
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const bool is_exact = std::string_view(losses[i].name) == "ot";
    if (is_exact && !losses[i].is_in_the_decoders_space) exact = i;
  }
  std::vector<MeasuredSteps> measured(losses.size());
  std::vector<std::vector<double>> ratios(losses.size());
  for (int turn = 0; turn < shape.turns; ++turn) {
    std::vector<double> seconds;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const StepTimes times = align_batch(tower, *made[i], spectrograms, image);
      seconds.push_back(times.seconds_in_all());
      StepTimes& fastest = measured[i].fastest;
      if (turn == 0 || seconds.back() < fastest.seconds_in_all()) fastest = times;
    }
    for (std::size_t i = 0; i < made.size() && exact < made.size(); ++i) {
      ratios[i].push_back(seconds[i] / seconds[exact]);
    }
  }
  for (std::size_t i = 0; i < made.size() && exact < made.size(); ++i) {
    std::ranges::sort(ratios[i]);
    measured[i].beside_exact_transport = ratios[i][ratios[i].size() / 2];
  }
  return measured;
}

void print_alignment_rates(const AlignmentShape& shape, const std::vector<MeasuredLoss>& losses) {
  AudioTower tower(shape.config.audio_tower, shape.config.spectrogram);
  const int width = shape.config.audio_tower.output_width;
  const auto spectrograms = formula_tensor(
      {shape.batch, shape.config.spectrogram.frames, shape.config.spectrogram.mel_bins});
  const auto image = formula_tensor({shape.batch, shape.image_tokens, width}, 1.0, 3.0);
  std::printf("%s, batch of %lld, %d threads, samples/s with gradients (times ot's time):\n",
              shape.name, static_cast<long long>(shape.batch), at::get_num_threads());
  const auto rate = [&](double seconds) { return static_cast<double>(shape.batch) / seconds; };
  const double tower_alone = seconds_of([&] { tower->forward(spectrograms).sum().backward(); }, 2);
  std::printf("  %-28s %8.2f\n", "tower alone", rate(tower_alone));
  const auto measured = measure_steps(shape, tower, spectrograms, image, losses);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const StepTimes& fastest = measured[i].fastest;
    std::printf("  %-20s%-8s %8.2f %6.2f   %s\n", losses[i].name,
                losses[i].is_in_the_decoders_space ? "decoder" : "", rate(fastest.seconds_in_all()),
                measured[i].beside_exact_transport, fastest.shares().c_str());
  }
}

// What a picture's tokens cost when they are computed, and when they were kept.
void print_image_token_times(const char* name, const ModelConfig& config) {
  constexpr int kPictures = 2;
  ModelConfig of_pictures = config;
  of_pictures.decoder = {.vocabulary = 32,  // nobody asks it
                         .width = 64,
                         .layers = 1,
                         .heads = 4,
                         .kv_heads = 4,
                         .mlp_width = 64};
  const CaptioningModel model(of_pictures);
  const int side = config.vision_tower.image_size_px;
  const auto pixels = formula_tensor({kPictures, 3, side, side});
  const TemporaryDirectory folder;
  TokenCache cache(folder.path(), /*limit_gib=*/1.0);
  const double computed = seconds_of([&] { ImageTokens(model).of(pixels); }, 2);
  ImageTokens kept(model, &cache);
  kept.of(pixels);
  const double found = seconds_of([&] { kept.of(pixels); }, 5);
  std::printf("%s, image tokens, ms a picture:\n  %-28s %8.2f\n  %-28s %8.2f\n", name, "computed",
              1e3 * computed / kPictures, "kept", 1e3 * found / kPictures);
}

constexpr int kClips = 24;
constexpr int kFrames = 3;

void write_clips(const std::filesystem::path& folder, int side_px) {
  std::vector<Clip> clips;
  for (int number = 0; number < kClips; ++number) {
    Clip clip;
    clip.id = std::to_string(number);
    clip.audio = folder / (clip.id + ".wav");
    const auto wave = formula_tensor({160000}, 0.5, number);
    write_wav(clip.audio, {wave.data_ptr<float>(), static_cast<std::size_t>(wave.numel())});
    for (int frame = 0; frame < kFrames; ++frame) {
      RgbImage image(side_px, side_px);
      for (std::size_t i = 0; i < image.pixels.size(); ++i) {
        image.pixels[i] = static_cast<std::uint8_t>(i * 31);
      }
      clip.frames.push_back(folder / (clip.id + "-" + std::to_string(frame) + ".ppm"));
      write_ppm(clip.frames.back(), image);
    }
    clips.push_back(clip);
  }
  write_manifest(folder / "manifest.jsonl", clips);
}

// Reads every clip in batches, each announced while the one before it is taken.
void read_all(const ClipSet& clips) {
  constexpr std::size_t kBatch = 8;
  std::vector<ClipRequest> requests;
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    requests.push_back({.clip = clip, .frame = 1});
  }
  const std::span<const ClipRequest> all(requests);
  for (std::size_t begin = 0; begin < all.size(); begin += kBatch) {
    clips.announce(all.subspan(begin, std::min(2 * kBatch, all.size() - begin)));
    clips.read(all.subspan(begin, std::min(kBatch, all.size() - begin)));
  }
}

void print_loader_rates(const char* name, const ModelConfig& config) {
  const TemporaryDirectory folder;
  write_clips(folder.path(), 2 * config.vision_tower.image_size_px);
  const auto manifest = folder / "manifest.jsonl";
  const auto clips = read_manifest(manifest);
  const auto rate = [](double seconds) { return kClips / seconds; };
  std::printf("%s, clips of 10 s with a frame, clips/s:\n", name);
  const double decoding = seconds_of(
      [&] {
        for (const Clip& clip : clips) {
          read_wav(clip.audio);
          read_ppm(clip.frames[1]);
        }
      },
      3);
  std::printf("  %-28s %8.1f\n", "files decoded, one thread", rate(decoding));
  const double prepared = seconds_of(
      [&] {
        for (const Clip& clip : clips) read_clip(clip, 1, config);
      },
      3);
  std::printf("  %-28s %8.1f\n", "and prepared, one thread", rate(prepared));
  for (const int workers : {1, 2, 4}) {
    const ClipSet set =
        ClipSet::load(manifest, config, ClipLoading{.memory_gib = 0.0, .workers = workers});
    std::printf("  loader, %d %-18s %8.1f\n", workers, workers == 1 ? "worker" : "workers",
                rate(seconds_of([&] { read_all(set); }, 3)));
  }
}

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  using namespace dali;
  compute_with_threads(static_cast<int>(std::thread::hardware_concurrency()));
  const AlignmentShape published = {"CAV-MAE and CLIP", published_shape(), 4, 576, 3};
  const AlignmentShape toy = {"toy world", toy_shape(), 64, 64, 9};
  const std::vector<MeasuredLoss> losses = {{"contrastive"},
                                            {"mmd"},
                                            {"energy"},
                                            {"ot"},
                                            {"sinkhorn"},
                                            {"attentive-ot"},
                                            {"unbalanced-sinkhorn"},
                                            {"ot", /*is_in_the_decoders_space=*/true},
                                            {"unbalanced-sinkhorn", true}};
  if (argc > 1 && std::string_view(argv[1]) == "losses") {
    print_alignment_rates(toy, losses);
    return 0;
  }
  if (argc > 1) {
    print_alignment_rates(published, {{"ot"}, {argv[1]}});
    return 0;
  }
  print_alignment_rates(toy, losses);
  print_alignment_rates(published, losses);
  print_image_token_times("CLIP", published_shape());
  print_loader_rates("toy world", toy_shape());
  print_loader_rates("CAV-MAE and CLIP", published_shape());
}
