#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "training/command/config_fields.h"
#include "training/loop/stage.h"

namespace dali {

// The keys that every stage has.
struct LoopConfig {
  int epochs = 1;
  int batch_size = 32;
  std::string schedule = "cosine";  // cosine | halving | constant
  double warmup_ratio = 0.03;       // of all steps; cosine only
  double clip_norm = 0.0;           // 0: gradients are not clipped
  int max_steps = 0;                // 0: all
  std::uint64_t seed = 1;
  int threads = 1;
  double log_interval_s = 10.0;

  void declare(ConfigFields& fields);
};

// Sets LibTorch's thread count and seeds its generator. Called once, before a model is built.
void prepare_torch(const LoopConfig& config);

// Trains: shuffles the examples each epoch, steps once a batch (the last, smaller one is dropped
// unless it is the only one), logs to `out`/metrics.jsonl and to standard error. Throws
// std::runtime_error naming step and examples when the loss is not finite.
void train(Stage& stage, const LoopConfig& config, const std::filesystem::path& out);

}  // namespace dali
