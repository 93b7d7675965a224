// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/timing_report.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace dali {
namespace {

guint64 number(const GstStructure* stats, const char* field) {
  guint64 value = 0;
  gst_structure_get_uint64(stats, field, &value);
  return value;
}

// "  audio tower      0.31200 s a window", with as many digits as a fast machine needs.
std::string line(const char* what, double seconds, const char* of_what) {
  char text[96];
  std::snprintf(text, sizeof text, "  %-16s %10.5f s%s\n", what, seconds, of_what);
  return text;
}

// A field of /proc/self/status in GiB; 0 where there is none of that name.
double memory_gib(const char* field) {
  std::ifstream status("/proc/self/status");
  std::string status_line;
  while (std::getline(status, status_line)) {
    if (!status_line.starts_with(std::string(field) + ":")) continue;
    std::istringstream value(status_line.substr(status_line.find(':') + 1));
    double kib = 0.0;
    value >> kib;
    return kib / (1024.0 * 1024.0);
  }
  return 0.0;
}

// Mapped weights count as resident while their pages happen to be in memory, but the kernel may
// drop them at any time; what the process has of its own it cannot.
std::string memory_line() {
  char text[160];
  std::snprintf(text, sizeof text,
                "  %-16s %9.3f GiB at most; now %.3f GiB of its own and %.3f GiB of mapped files\n",
                "resident memory", memory_gib("VmHWM"), memory_gib("RssAnon"),
                memory_gib("RssFile"));
  return text;
}

}  // namespace

std::string timing_report(const std::string& medium, const GstStructure* stats) {
  const guint64 windows = number(stats, "described");
  const guint64 tokens = number(stats, "tokens");
  // The first token of each window comes with the prefill.
  const guint64 later_tokens = tokens - std::min(tokens, windows);
  const auto seconds_of = [&](const char* field, guint64 count) {
    return count == 0
               ? 0.0
               : static_cast<double>(number(stats, field)) / 1e9 / static_cast<double>(count);
  };
  const char* const a_window = " a window";
  std::string report = medium + ": windows described: " + std::to_string(windows) +
                       ", tokens: " + std::to_string(tokens) + "\n";
  report += line("load the model", seconds_of("load-time", 1), "");
  if (const char* precision = gst_structure_get_string(stats, "precision")) {
    report += "  precision        " + std::string(precision) + "\n";
  }
  report += line("mel", seconds_of("mel-time", windows), a_window);
  report += line("pixels", seconds_of("pixels-time", windows), a_window);
  report += line("audio tower", seconds_of("audio-tower-time", windows), a_window);
  report += line("vision tower", seconds_of("vision-tower-time", windows), a_window);
  report += line("prefill", seconds_of("prefill-time", windows), a_window);
  if (number(stats, "weighing-time") > 0) {
    report += line("off screen", seconds_of("weighing-time", windows), a_window);
  }
  report += line("decoding", seconds_of("decoding-time", later_tokens), " a token");
  return report + memory_line();
}

}  // namespace dali
