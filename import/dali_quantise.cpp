// SPDX-License-Identifier: LGPL-2.1-or-later
// From a model directory to one whose weights are integers.

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
#include "import/model_quantisation.h"
#include "model/tensor/threads.h"

namespace {

constexpr const char* kProgram = "dali-quantise";

struct CommandLine {
  dali::QuantisationRequest request;
  std::filesystem::path out;
  std::string weights = "int8";
  int largest_shard_mib = 4096;
  int threads = 0;
  bool is_dry_run = false;
};

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("model", line.request.model, "The model directory; its bases are read, too")
      ->type_name("DIR")
      ->required();
  app.add_option("--out", line.out, "The model directory to make; must not exist, or be empty")
      ->type_name("DIR")
      ->required();
  app.add_option("--weights", line.weights,
                 "int8 (default), or int4 for the decoder's layers and int8 for the rest")
      ->check(CLI::IsMember({"int8", "int4"}))
      ->type_name("NAME");
  app.add_option("--name", line.request.name, "Of the new model (default: as it was)");
  app.add_option("--shard-mib", line.largest_shard_mib, "Size of a file, in MiB (default: 4096)")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N");
  app.add_option("--threads", line.threads,
                 "That compute (default: one for each processor that may be used)")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  app.add_flag("--dry-run", line.is_dry_run, "Check everything and report; write nothing");
}

void report(const dali::ModelQuantisation& quantisation) {
  const auto& tensors = quantisation.tensors();
  for (const dali::ModelTensor& tensor : tensors) {
    dali::narrate("{} {}", tensor.name, dali::formats_text({tensor}));
  }
  fmt::print("{} tensors, {:.4g} million weights in {}, {:.2f} MB\n", tensors.size(),
             static_cast<double>(dali::element_count(tensors)) / 1e6, dali::formats_text(tensors),
             static_cast<double>(dali::size_bytes(tensors)) / 1e6);
  std::fflush(stdout);
}

void quantise_model(const CommandLine& line) {
  const dali::ModelQuantisation quantisation(line.request);
  report(quantisation);
  if (line.is_dry_run) return;
  dali::compute_with_threads(line.threads);
  dali::write_with_progress(line.out, quantisation.tensors().size(),
                            [&](const std::function<void()>& after_tensor) {
                              quantisation.write(line.out, after_tensor);
                            });
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "Makes a model directory of another one, with the matrices that activations are multiplied\n"
      "with as integers of 8 or 4 bits: half or a quarter of bfloat16's memory, and several times\n"
      "the speed on a processor. Needs 2 GiB of memory at most, and the disk that the new model\n"
      "takes: of 7 billion weights 7.3 GB in int8 and 4.5 in int4.",
      kProgram);
  declare(app, line);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  line.request.format = dali::weight_format_named(line.weights);
  line.request.largest_shard_bytes = std::int64_t{line.largest_shard_mib} << 20;
  const dali::StopSignal stop_signal;
  return dali::run_model_command(kProgram, [&] { quantise_model(line); });
}
