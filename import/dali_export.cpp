// SPDX-License-Identifier: LGPL-2.1-or-later
// From a model directory back to the files that others publish and read.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "command/command_line.h"
#include "command/narration.h"
#include "command/stop_signal.h"
#include "import/model_command.h"
#include "import/model_export.h"
#include "model/tensor/threads.h"

namespace {

constexpr const char* kProgram = "dali-export";

struct CommandLine {
  dali::ExportRequest request;
  std::string format;
  std::filesystem::path out;
  std::string precision;  // empty: as stored
  int largest_shard_mib = 4096;
  bool is_dry_run = false;
};

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("model", line.request.model, "The model directory; its bases are read, too")
      ->type_name("MODEL")
      ->required();
  app.add_option("--format", line.format,
                 "llava-hf: LLaVA and its vision tower, as transformers reads them;\n"
                 "llava: LLaVA as its authors have it, CLIP beside it in clip/;\n"
                 "authors: audio_backbone.pth, prefix.bin and prefixMLP.bin, as DALI's authors\n"
                 "have them")
      ->check(CLI::IsMember({"llava-hf", "llava", "authors"}))
      ->type_name("NAME")
      ->required();
  app.add_option("--out", line.out, "The folder to make; must not exist, or be empty")
      ->type_name("DIR")
      ->required();
  app.add_option("--precision", line.precision,
                 "Of the written weights: bfloat16, float16 or float32 (default: as each is\n"
                 "stored in the model)")
      ->check(CLI::IsMember({"bfloat16", "float16", "float32"}))
      ->type_name("NAME");
  app.add_option("--shared-blocks", line.request.shared_blocks,
                 "How many of the audio tower's last blocks are CAV-MAE's shared ones\n"
                 "(--format authors; default: 1, as published)")
      ->check(CLI::Range(0, 1000))
      ->type_name("N");
  app.add_option("--shard-mib", line.largest_shard_mib, "Size of a file, in MiB (default: 4096)")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N");
  app.add_flag("--dry-run", line.is_dry_run, "Check everything and report; write nothing");
}

void complete(CommandLine& line) {
  if (!line.precision.empty()) line.request.dtype = dali::dtype_named(line.precision);
  line.request.format = dali::export_format_named(line.format);
  line.request.largest_shard_bytes = std::int64_t{line.largest_shard_mib} << 20;
}

void report(const dali::ModelExport& model_export) {
  for (const dali::ExportedFile& file : model_export.files()) {
    fmt::print("{}: {} {}\n", file.path.string(), file.tensors.size(),
               file.tensors.size() == 1 ? "tensor" : "tensors");
    for (const dali::ExportedTensor& tensor : file.tensors) {
      dali::narrate("{} is {}", tensor.entry.name, tensor.name.empty() ? "made here" : tensor.name);
    }
  }
  for (const std::string& note : model_export.notes()) fmt::print("note: {}\n", note);
  fmt::print("{} tensors, {:.2f} MB\n", model_export.tensor_count(),
             static_cast<double>(model_export.size_bytes()) / 1e6);
  std::fflush(stdout);
}

void export_model(const CommandLine& line) {
  const dali::ModelExport model_export(line.request);
  report(model_export);
  if (line.is_dry_run) return;
  dali::write_with_progress(line.out, model_export.tensor_count(),
                            [&](const std::function<void()>& after_tensor) {
                              model_export.write(line.out, after_tensor);
                            });
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "Writes a model directory as the files that it was imported from, for PyTorch, transformers\n"
      "and the authors' programs: what dali-import reads, written back. Weights that were not\n"
      "rounded on the way come back bit by bit. Needs 2 GiB of memory at most.",
      kProgram);
  declare(app, line);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  complete(line);
  const dali::StopSignal stop_signal;
  return dali::run_model_command(kProgram, [&] {
    dali::compute_with_threads(0);
    export_model(line);
  });
}
