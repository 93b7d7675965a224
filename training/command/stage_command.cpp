#include "training/command/stage_command.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace dali {
namespace {

constexpr int kFailed = 1;
constexpr int kUsedWrongly = 2;

int report(const CommandDescription& description, const std::string& message, int status) {
  fmt::print(stderr, "{}: {}\n", description.name, message);
  return status;
}

void write_config(const std::filesystem::path& file, const ConfigFields& fields) {
  std::ofstream stream(file);
  stream << fields.to_toml() << std::flush;
  if (!stream) throw std::runtime_error(file.string() + ": cannot be written");
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

  try {
    app.parse(argc, argv);
    if (!config.empty()) fields.read_toml_file(config);
    for (const std::string& assignment : assignments) fields.assign(assignment);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const std::exception& error) {
    return report(description, error.what(), kUsedWrongly);
  }

  try {
    std::filesystem::create_directories(out);
    write_config(out / "training.toml", fields);
    body(out);
  } catch (const c10::Error& error) {
    return report(description, error.what_without_backtrace(), kFailed);
  } catch (const std::exception& error) {
    return report(description, error.what(), kFailed);
  }
  return 0;
}

}  // namespace dali
