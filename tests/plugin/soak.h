// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace dali {

// One of the counts in an element's "stats".
inline guint64 counter(GstElement* element, const char* name) {
  GstStructure* stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  guint64 count = 0;
  gst_structure_get_uint64(stats, name, &count);
  gst_structure_free(stats);
  return count;
}

inline bool expect(bool is_so, const char* what) {
  std::printf("%s: %s\n", is_so ? "kept" : "BROKEN", what);
  return is_so;
}

struct Soak {
  const char* name;
  const char* usage;
  double above_minutes = 0.0;
};

// What "--minutes N" says, or 30. Nothing where the program ends here, with `exit_status`: its
// usage was asked for, or a complaint is printed.
inline std::optional<double> soak_minutes(int argc, char** argv, const Soak& soak,
                                          int& exit_status) {
  double minutes = 30.0;
  for (int index = 1; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (argument == "--help") {
      std::fputs(soak.usage, stdout);
      exit_status = 0;
      return std::nullopt;
    }
    if (argument == "--minutes" && index + 1 < argc) {
      minutes = std::atof(argv[++index]);
      continue;
    }
    std::fprintf(stderr, "%s: %s is not understood; see --help\n", soak.name, argv[index]);
    exit_status = 2;
    return std::nullopt;
  }
  if (minutes > soak.above_minutes) return minutes;
  std::fprintf(stderr, "%s: --minutes must be above %g\n", soak.name, soak.above_minutes);
  exit_status = 2;
  return std::nullopt;
}

}  // namespace dali
