// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/events/detail_level.h"
#include "gst-plugin/events/source_names.h"
#include "gst-plugin/session/decision.h"

namespace dali {

struct JudgeSettings {
  std::string language;  // of the captions, as SourceNames takes it
  DetailLevel detail = DetailLevel::kNormal;
  double off_screen_gain = 0.0;  // from which on a source is heard and not seen
  bool holds_back = false;       // captions of windows; events are the tracker's to hold back
};

// The last word on captions of windows, one after the other: which of the things that they name are
// heard and not seen, and whether the level of detail lets them through. Not thread-safe: the
// worker thread's own.
class CaptionJudge {
 public:
  explicit CaptionJudge(CurrentSourceNames& names) : names_(names) {}  // borrowed

  // Sets what decision.h says of sources and of what is off screen, and makes a caption that is
  // held back a rejected one with its reason. A new epoch is a new stream. Looks at no caption that
  // has neither words with gains nor low detail to pass.
  void judge(Decision& decision, const JudgeSettings& settings);

  void forget();  // at a stream's start

 private:
  struct Said {
    SourceName name;
    std::int64_t time_ns = 0;
  };

  static void mark(const std::vector<NamedSource>& sources, const SourceNames& names,
                   double off_screen_gain, Decision& caption);
  void hold_back(const std::vector<NamedSource>& sources, DetailLevel detail, Decision& caption);
  std::optional<std::int64_t> since_said_ns(const SourceName& name, std::int64_t time_ns) const;

  CurrentSourceNames& names_;
  std::uint64_t epoch_ = 0;
  std::vector<Said> said_;           // each source once
  bool has_held_back_last_ = false;  // the caption before
};

}  // namespace dali
