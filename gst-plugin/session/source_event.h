// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dali {

// Something that is heard or seen starts, goes on or stops.
struct SourceEvent {
  enum class Kind {
    kStarts,
    kContinues,  // it has gone on for so long that viewers are told again
    kStops,
  };
  Kind kind = Kind::kStarts;
  std::uint64_t source = 0;     // counts from 0; what stops and starts again is another one
  std::string name;             // what it is: "siren"
  std::string label;            // as the first caption that named it says it: "siren wails"
  std::int64_t time_ns = 0;     // when it starts, goes on or stops
  std::int64_t start_ns = 0;    // when it started
  std::int64_t known_ns = 0;    // how far the stream had come when it was settled
  double confidence = 0.0;      // [0, 1], of the caption that was surest of it
  std::uint64_t window_id = 0;  // the window that settled it
  bool is_announced = false;    // viewers are to read of it
  std::optional<bool> is_off_screen = {};  // heard, and not seen; nothing: it is not known
  std::string reason = {};  // why the level of detail holds it back; empty: it does not
};

// "starts", "continues" or "stops", as records and messages have it.
const char* name_of(SourceEvent::Kind kind);

}  // namespace dali
