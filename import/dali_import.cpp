// SPDX-License-Identifier: LGPL-2.1-or-later
// From published weights to a model directory.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "command/command_line.h"
#include "command/narration.h"
#include "command/stop_signal.h"
#include "import/model_command.h"
#include "import/model_import.h"
#include "model/tensor/threads.h"

namespace {

constexpr const char* kProgram = "dali-import";

struct CommandLine {
  dali::ImportRequest request;
  std::filesystem::path out;
  std::string precision = "bfloat16";
  std::string weights;  // empty: as the precision
  std::string audiovisual;
  std::string prefix_use;
  int largest_shard_mib = 4096;
  bool is_dry_run = false;
};

void declare(CLI::App& app, CommandLine& line) {
  dali::ImportRequest& request = line.request;
  app.add_option(
         "--llava", request.llava,
         "LLaVA-1.5: decoder, projector, tokenizer.model, config.json; the authors' folder\n"
         "or transformers' (\"llava-hf\")")
      ->type_name("DIR");
  app.add_option("--vision", request.vision,
                 "CLIP ViT-L/14-336; may be left out when LLaVA's folder holds it too")
      ->type_name("DIR");
  app.add_option("--audio", request.audio, "DALI's audio_backbone.pth, or CAV-MAE's own weights")
      ->type_name("FILE");
  app.add_option("--prefix", request.prefix, "Stage 1a's prefix.bin")->type_name("FILE");
  app.add_option("--projector", request.projector,
                 "Stage 2's prefixMLP.bin: the projector for sound alone")
      ->type_name("FILE");
  app.add_option("--tokenizer", request.tokenizer,
                 "sentencepiece's model, or a tokenizer.json that was made of one (default:\n"
                 "tokenizer.model of --llava, or else its tokenizer.json)")
      ->type_name("FILE");
  app.add_option("--classes", request.classes,
                 "classes.json: the sources that captions of events are of, each with the words\n"
                 "that name it")
      ->type_name("FILE");
  app.add_option("--base", request.base,
                 "A model directory: write what is given as an overlay of it")
      ->type_name("DIR");
  app.add_option("--out", line.out, "The model directory to make; must not exist, or be empty")
      ->type_name("DIR")
      ->required();
  app.add_option("--name", request.name, "Of the model (default: the name of --out)");
  app.add_option("--audiovisual", line.audiovisual,
                 "What sound and picture go through together: original, LLaVA's own projector\n"
                 "(default); tuned-audio, the sound through --projector; tuned-both, both, as the\n"
                 "authors evaluate")
      ->check(CLI::IsMember({"original", "tuned-audio", "tuned-both"}))
      ->type_name("NAME");
  app.add_option("--prefix-use", line.prefix_use,
                 "When the prefix follows them: auto (default), where the sound does not go\n"
                 "through --projector; always; never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("NAME");
  app.add_option("--precision", line.precision,
                 "Of the stored weights: bfloat16 (default), float16 or float32")
      ->check(CLI::IsMember({"bfloat16", "float16", "float32"}))
      ->type_name("NAME");
  app.add_option("--weights", line.weights,
                 "Store what activations are multiplied with as integers: int8 or int4, which\n"
                 "take half and a quarter of bfloat16's memory (default: all in --precision)")
      ->check(CLI::IsMember({"int8", "int4"}))
      ->type_name("NAME");
  app.add_option("--shard-mib", line.largest_shard_mib, "Size of a file, in MiB (default: 4096)")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N");
  app.add_flag("--dry-run", line.is_dry_run, "Check everything and report; write nothing");
}

void complete(CommandLine& line) {
  line.request.dtype = dali::dtype_named(line.precision);
  if (!line.weights.empty()) line.request.weights = dali::weight_format_named(line.weights);
  line.request.audiovisual = dali::parse_audiovisual_projection(line.audiovisual);
  line.request.prefix_use = dali::parse_prefix_use(line.prefix_use);
  line.request.largest_shard_bytes = std::int64_t{line.largest_shard_mib} << 20;
}

void report_sources(const dali::ImportPlan& plan) {
  for (const dali::SourceReport& report : plan.reports()) {
    fmt::print("{} {}\n{:6} used\n", report.option, report.path.string(), report.used.size());
    for (const std::string& name : report.used) dali::narrate("{} is used", name);
    for (const auto& [reason, names] : report.left_out) {
      fmt::print("{:6} left out: {}\n", names.size(), reason);
      for (const std::string& name : names) dali::narrate("{} is left out: {}", name, reason);
    }
  }
}

void report_model(const dali::ModelImport& model_import) {
  const dali::ModelConfig& config = model_import.config();
  for (const std::string& note : model_import.notes()) fmt::print("note: {}\n", note);
  fmt::print("sound:    {} layers of width {}, {} frames\n", config.audio_tower.layers,
             config.audio_tower.width, config.spectrogram.frames);
  fmt::print("pictures: layer {} of {} of width {}, {} pixels\n",
             config.vision_tower.feature_layers, config.vision_tower.layers,
             config.vision_tower.width, config.vision_tower.image_size_px);
  fmt::print("language: {} layers of width {}, {} words, {} tokens at most, theta {:g}\n",
             config.decoder.layers, config.decoder.width, config.decoder.vocabulary,
             config.decoder.max_tokens, config.decoder.rope_theta);
  fmt::print("prefix:   {} tokens; a projector for sound alone: {}\n", config.prefix_tokens,
             config.has_audio_projector ? "yes" : "no");
  const std::vector<dali::ModelTensor> tensors = model_import.tensors();
  fmt::print("{} tensors, {:.2f} billion weights in {}, {:.2f} GB\n", tensors.size(),
             static_cast<double>(dali::element_count(tensors)) / 1e9, dali::formats_text(tensors),
             static_cast<double>(dali::size_bytes(tensors)) / 1e9);
}

void import_model(const CommandLine& line) {
  const dali::ModelImport model_import(line.request);
  report_sources(model_import.plan());
  report_model(model_import);
  std::fflush(stdout);
  if (line.is_dry_run) return;
  dali::write_with_progress(line.out, model_import.plan().names().size(),
                            [&](const std::function<void()>& after_tensor) {
                              model_import.write(line.out, after_tensor);
                            });
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "Makes a model directory of published weights: LLaVA-1.5, CLIP, CAV-MAE and DALI's own.\n"
      "Nothing in the files is run. Needs 2 GiB of memory at most, and the disk that the weights\n"
      "take: 7 billion in bfloat16 are 14 GB.",
      kProgram);
  declare(app, line);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  complete(line);
  try {
    dali::check_request(line.request);
  } catch (const std::invalid_argument& error) {
    return dali::refuse_command_line(kProgram, error.what());
  }
  const dali::StopSignal stop_signal;
  return dali::run_model_command(kProgram, [&] {
    dali::compute_with_threads(0);
    import_model(line);
  });
}
