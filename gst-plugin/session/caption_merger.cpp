// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/caption_merger.h"

#include <algorithm>
#include <cinttypes>
#include <utility>

namespace dali {
namespace {

bool may_grow(const Decision& caption, std::int64_t longest_ns) {
  return caption.span.shown_end_ns - caption.span.start_ns < longest_ns;
}

bool continues(const Decision& held, const Decision& next, std::int64_t longest_ns) {
  return next.kind == Decision::Kind::kCaption && next.extends_last && next.epoch == held.epoch &&
         next.is_off_screen == held.is_off_screen &&
         next.span.shown_end_ns - held.span.start_ns <= longest_ns;
}

// That the time of a held caption has passed says nothing of what follows it.
bool passes_within(const Decision& held, const Decision& next) {
  return next.kind == Decision::Kind::kTimePassed && next.epoch == held.epoch &&
         next.span.shown_end_ns <= held.span.shown_end_ns;
}

}  // namespace

std::vector<Decision> CaptionMerger::take(Decision decision, std::int64_t longest_ns) {
  std::vector<Decision> certain;
  if (held_ && passes_within(*held_, decision)) return certain;
  if (held_ && continues(*held_, decision, longest_ns)) {
    log_.write(LogLevel::kDebug,
               "window %" PRIu64 " merged into the caption of window %" PRIu64 ": it says the same",
               decision.window_id, held_->window_id);
    const double later_s = in_seconds(decision.span.start_ns - held_->span.start_ns);
    for (LocatedWord& word : decision.words) {
      word.start_s += later_s;
      word.end_s += later_s;
      held_->words.push_back(std::move(word));
    }
    held_->span.end_ns = decision.span.end_ns;
    held_->span.shown_end_ns = decision.span.shown_end_ns;
    // As sure as the least sure of its windows.
    held_->mean_log_probability =
        std::min(held_->mean_log_probability, decision.mean_log_probability);
  } else {
    if (held_) certain.push_back(*std::exchange(held_, std::nullopt));
    if (decision.kind == Decision::Kind::kCaption && may_grow(decision, longest_ns)) {
      log_.write(LogLevel::kDebug, "window %" PRIu64 " held: the next may say the same",
                 decision.window_id);
      held_ = std::move(decision);
    } else {
      certain.push_back(std::move(decision));
    }
  }
  if (held_ && !may_grow(*held_, longest_ns)) {
    certain.push_back(*std::exchange(held_, std::nullopt));
  }
  return certain;
}

void CaptionMerger::forget() {
  held_.reset();
}

}  // namespace dali
