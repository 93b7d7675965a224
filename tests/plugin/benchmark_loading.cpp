// SPDX-License-Identifier: LGPL-2.1-or-later
// What it costs a program to look at dalicaptioner instead of identity.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage =
    "usage: benchmark-loading CORE_PLUGIN DALI_PLUGIN\n"
    "\n"
    "Runs gst-inspect-1.0 for identity and for dalicaptioner in turn, whose plugins are the files\n"
    "CORE_PLUGIN and DALI_PLUGIN: with a registry that has to be made of that plugin alone, and\n"
    "with one of both that is there. Prints medians of wall time and of the most memory.\n";

constexpr int kRuns = 11;

struct Cost {
  double seconds = 0.0;
  double mebibytes = 0.0;
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size() / 2));
  return values[values.size() / 2];
}

// Of one run of gst-inspect-1.0; exits when there is no such element.
Cost cost_of_inspecting(const char* element) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 2> words = {"gst-inspect-1.0", element};
  std::array<char*, 3> arguments = {words[0].data(), words[1].data(), nullptr};
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failure =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage usage = {};
  if (failure != 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    std::fprintf(stderr, "benchmark-loading: gst-inspect-1.0 %s failed\n", element);
    std::exit(1);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {.seconds = took.count(), .mebibytes = static_cast<double>(usage.ru_maxrss) / 1024};
}

// Runs of both elements in turn; before each, `prepare` is called with its number.
template <typename Prepare>
void print_medians(const char* what, Prepare prepare) {
  const std::array<const char*, 2> elements = {"identity", "dalicaptioner"};
  std::array<std::vector<double>, 2> seconds;
  std::array<std::vector<double>, 2> mebibytes;
  for (int run = -1; run < kRuns; ++run) {  // the first fills caches
    for (std::size_t index = 0; index < elements.size(); ++index) {
      prepare(index);
      const Cost cost = cost_of_inspecting(elements[index]);
      if (run < 0) continue;
      seconds[index].push_back(cost.seconds);
      mebibytes[index].push_back(cost.mebibytes);
    }
  }
  const std::array<double, 2> took = {median(seconds[0]), median(seconds[1])};
  const std::array<double, 2> held = {median(mebibytes[0]), median(mebibytes[1])};
  std::printf("%-18s  %6.3f s  %6.3f s  %5.2f  %6.1f MiB  %6.1f MiB  %+5.1f MiB\n", what, took[0],
              took[1], took[1] / took[0], held[0], held[1], held[1] - held[0]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (argc != 3) {
    std::fputs("benchmark-loading: wants the files of two plugins; see --help\n", stderr);
    return 2;
  }
  const std::array<fs::path, 2> plugins = {fs::absolute(argv[1]), fs::absolute(argv[2])};
  const fs::path own = fs::temp_directory_path() / ("dali-loading-" + std::to_string(getpid()));
  fs::create_directory(own);
  setenv("GST_REGISTRY", (own / "registry.bin").c_str(), 1);
  setenv("GST_PLUGIN_PATH", own.c_str(), 1);
  setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", 1);
  const auto link_only = [&](std::size_t index) {
    for (const fs::path& entry : fs::directory_iterator(own)) fs::remove(entry);
    fs::create_symlink(plugins[index], own / plugins[index].filename());
  };

  std::printf(
      "                     identity  captioner  ratio    identity   captioner      more\n");
  print_medians("registry to make", link_only);
  link_only(0);
  fs::create_symlink(plugins[1], own / plugins[1].filename());
  print_medians("registry there", [](std::size_t) {});
  fs::remove_all(own);
  return 0;
}
