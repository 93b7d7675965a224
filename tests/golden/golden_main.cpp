// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks every fixture that index.json lists in the golden folder: $DALI_GOLDEN_DIR, else the
// project's own, else the one beside the project. Exit status 1 when a fixture fails, or when there
// is nothing to check; a fixture that no check knows is named and counted, no more.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/weights/strict_json.h"
#include "tests/golden/fixture.h"
#include "tests/golden/golden_check.h"

namespace {

using dali::golden::CheckResult;
using dali::golden::Fixture;
using dali::golden::GoldenCheck;

struct Tally {
  int passed = 0;
  int failed = 0;
  std::vector<std::string> skipped;
  std::vector<std::string> unknown;
};

std::filesystem::path golden_directory() {
  if (const char* chosen = std::getenv("DALI_GOLDEN_DIR"); chosen != nullptr && *chosen != '\0') {
    return chosen;
  }
  const std::filesystem::path own = DALI_SOURCE_ROOT "/tests/golden/data";
  return std::filesystem::exists(own / "index.json")
             ? own
             : std::filesystem::path(DALI_SOURCE_ROOT "/../shared/golden");
}

void report_failure(Tally& tally, const std::string& name, const std::string& line) {
  std::printf("FAIL  %s: %s\n", name.c_str(), line.c_str());
  ++tally.failed;
}

void check_fixture(const Fixture& fixture, Tally& tally) {
  const GoldenCheck* chosen = nullptr;
  for (const GoldenCheck* candidate : GoldenCheck::all()) {
    if (!candidate->applies_to(fixture)) continue;
    if (chosen != nullptr) {
      report_failure(tally, fixture.name(),
                     std::string("two checks apply: ") + chosen->name + ", " + candidate->name);
      return;
    }
    chosen = candidate;
  }
  if (chosen == nullptr) {
    tally.unknown.push_back(fixture.name() + " (" + fixture.group() + ")");
    return;
  }
  const CheckResult result = chosen->check(fixture);
  if (!result.skip_reason().empty()) {
    tally.skipped.push_back(fixture.name() + ": " + result.skip_reason());
    return;
  }
  if (result.comparisons() == 0) {
    report_failure(tally, fixture.name(), "the check compared nothing");
    return;
  }
  if (!result.failures().empty()) {
    for (const std::string& line : result.failures()) {
      std::printf("      %s: %s\n", fixture.name().c_str(), line.c_str());
    }
    report_failure(tally, fixture.name(),
                   std::to_string(result.failures().size()) + " of " +
                       std::to_string(result.comparisons()) + " comparisons, by " + chosen->name);
    return;
  }
  std::printf("ok    %s: %d comparisons, by %s\n", fixture.name().c_str(), result.comparisons(),
              chosen->name);
  ++tally.passed;
}

// `only`: names of fixtures; empty for all.
int check_directory(const std::filesystem::path& directory, const std::vector<std::string>& only) {
  const std::filesystem::path index_path = directory / "index.json";
  const auto index = dali::read_strict_json(index_path);
  if (!index.is_object() || !index.contains("fixtures") || !index["fixtures"].is_object()) {
    throw std::runtime_error(index_path.string() + ": has no object \"fixtures\"");
  }
  Tally tally;
  for (const auto& [name, entry] : index["fixtures"].items()) {
    if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) continue;
    try {
      check_fixture(Fixture(name, entry, directory), tally);
    } catch (const std::exception& error) {
      const std::string message = error.what();
      report_failure(tally, name, message.substr(0, message.find('\n')));
    }
    std::fflush(stdout);
  }
  std::printf("%d fixtures checked in %s: %d passed, %d failed; %zu skipped, %zu unknown\n",
              tally.passed + tally.failed, directory.c_str(), tally.passed, tally.failed,
              tally.skipped.size(), tally.unknown.size());
  for (const std::string& line : tally.skipped) std::printf("skipped: %s\n", line.c_str());
  for (const std::string& line : tally.unknown) std::printf("unknown: %s\n", line.c_str());
  if (tally.passed + tally.failed == 0) {
    std::printf("FAIL  nothing was checked\n");
    return EXIT_FAILURE;
  }
  return tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return check_directory(golden_directory(), {arguments + 1, arguments + argument_count});
  } catch (const std::exception& error) {
    std::printf("FAIL  %s\n", error.what());
    return EXIT_FAILURE;
  }
}
