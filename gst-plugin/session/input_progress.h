// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace dali {

// How far an input has come, in running time.
struct InputProgress {
  bool is_present = false;  // else it is not waited for
  bool is_finished = false;
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> reached_ns;   // all before it has come
  std::optional<std::int64_t> end_ns;       // of what has come
  std::optional<std::int64_t> promised_ns;  // nothing comes before this, it is said
  std::optional<std::int64_t> trusted_ns;   // and believed

  // Nothing before `time_ns` is still to come, for certain or as it was promised.
  bool has_come(std::int64_t time_ns) const {
    return !is_present || is_finished || (reached_ns && *reached_ns >= time_ns);
  }
  bool has_promised(std::int64_t time_ns) const { return promised_ns && *promised_ns >= time_ns; }
};

}  // namespace dali
