// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/session/sampled_window.h"
#include "gst-plugin/session/source_event.h"
#include "model/base/caption.h"
#include "model/base/modality.h"
#include "model/base/source_classes.h"

namespace dali {

// Something that a caption names, and how much likelier the sound makes that than the picture
// alone.
struct WeighedSource {
  std::string name;
  double gain = 0.0;           // as WeighedWord has it, the mean of the words that name the source
  bool is_off_screen = false;  // heard, and not seen
};

// What became of a stretch of the stream.
struct Decision {
  enum class Kind {
    kCaption,     // `text` and what follows it is set
    kSilence,     // nothing to hear
    kRejected,    // nothing worth showing: `reason` says why
    kFailed,      // `reason` says why
    kDropped,     // the model is too slow for a live stream
    kTimePassed,  // no window held this time
    kStreamEnd,   // `seqnum` is set
  };
  Kind kind = Kind::kSilence;
  std::uint64_t epoch = 0;  // as flush_begin() counts
  WindowSpan span;
  std::uint64_t window_id = 0;
  std::string text;
  double mean_log_probability = 0.0;
  Modality modality = Modality::kAuto;  // what the caption was made from; never kAuto
  std::string model_name;
  bool extends_last = false;  // the caption before says the same and ends where this one begins
  std::vector<LocatedWord> words;          // those of `text` that are known to sound, and when
  std::vector<WeighedWord> weighed_words;  // all of them, where they are known
  // Of a caption of a window whose words are; all of them off screen: the caption is.
  std::vector<WeighedSource> sources;
  std::optional<bool> is_off_screen;         // nothing: it is not known
  std::optional<double> above_programme_db;  // how loud the window is, where it has sound
  // Of a caption that is about events instead of a window; `span` is when it is shown then.
  std::vector<SourceEvent> events;
  std::shared_ptr<const SourceClasses> source_classes;  // the model's; null: it has none
  std::string reason;
  bool says_nothing = false;             // it was described, in no words
  bool is_held_back = false;             // rejected for the level of detail; `text` is set
  std::int64_t waited_ns = 0;            // by the wall clock: from the window's end to the model,
  std::int64_t describe_ns = 0;          //   and in it; 0 when it was not asked
  int token_count = 0;                   //   of its answer, 0 without one,
  CaptionTiming timing;                  //   and where the time went
  std::optional<GivenUpInput> given_up;  // what the window had to go without, if anything
  std::uint32_t seqnum = 0;
};

// A time within the window, as the stream has it.
inline std::int64_t time_of(const Decision& decision, double window_s) {
  const auto within_ns = static_cast<std::int64_t>(window_s * 1e9);
  return std::min(decision.span.start_ns + within_ns, decision.span.end_ns);
}

}  // namespace dali
