#include "training/command/stage_command.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "training/command/command_line.h"

namespace dali {
namespace {

void write_config(const std::filesystem::path& file, const ConfigFields& fields) {
  std::ofstream stream(file);
  stream << fields.to_toml() << std::flush;
  if (!stream) throw std::runtime_error(file.string() + ": cannot be written");
}

// LibTorch's errors carry a backtrace that says nothing to the user.
void without_backtrace(const std::function<void()>& body) try {
  body();
} catch (const c10::Error& error) {
  throw std::runtime_error(error.what_without_backtrace());
}

}  // namespace

int run_stage_command(int argc, char** argv, const CommandDescription& description,
                      ConfigFields& fields,
                      const std::function<void(const std::filesystem::path& out)>& body) {
  CLI::App app(description.purpose, description.name);
  app.footer(fields.help());
  std::filesystem::path config;
  std::filesystem::path out;
  std::vector<std::string> assignments;
  app.add_option("--config", config, "TOML file with the keys below");
  app.add_option("--out", out, "folder for the results; made when missing")->required();
  app.add_option("key=value", assignments, "keys that replace those of the file");
  app.set_version_flag("--version", DALI_VERSION);

  if (const auto status = parse_command_line(app, description.name, argc, argv)) return *status;
  try {
    if (!config.empty()) fields.read_toml_file(config);
    for (const std::string& assignment : assignments) fields.assign(assignment);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "{}: {}\n", description.name, error.what());
    return kUsedWrongly;
  }
  return run_command(description.name, [&] {
    without_backtrace([&] {
      std::filesystem::create_directories(out);
      write_config(out / "training.toml", fields);
      body(out);
    });
  });
}

}  // namespace dali
