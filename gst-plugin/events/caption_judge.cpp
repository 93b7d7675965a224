// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/caption_judge.h"

#include <algorithm>
#include <cmath>

#include "gst-plugin/events/source_gain.h"

namespace dali {
namespace {

// A caption that names nothing, such as "it is quiet", is told from others by its words.
std::vector<NamedSource> sources_of(const SourceNames& names, const std::string& text) {
  std::vector<NamedSource> sources = names.named_in(text);
  if (sources.empty()) {
    NamedSource whole{.name = {}, .label = text};
    whole.name.name = whole.name.head = text;
    sources.push_back(std::move(whole));
  }
  return sources;
}

}  // namespace

void CaptionJudge::judge(Decision& decision, const JudgeSettings& settings) {
  if (decision.epoch != epoch_) forget();
  epoch_ = decision.epoch;
  if (decision.kind != Decision::Kind::kCaption) return;
  const bool is_low = settings.holds_back && settings.detail == DetailLevel::kLow;
  if (!is_low && decision.weighed_words.empty()) return;
  const SourceNames& names = names_.of(settings.language, decision.source_classes);
  const std::vector<NamedSource> sources = sources_of(names, decision.text);
  mark(sources, names, settings.off_screen_gain, decision);
  if (is_low) hold_back(sources, settings.detail, decision);
}

void CaptionJudge::mark(const std::vector<NamedSource>& sources, const SourceNames& names,
                        double off_screen_gain, Decision& caption) {
  for (const NamedSource& source : sources) {
    const std::optional<double> gain = gain_of(source, caption.weighed_words, names);
    if (!gain) continue;
    caption.sources.push_back(
        {.name = source.name.name, .gain = *gain, .is_off_screen = *gain >= off_screen_gain});
  }
  if (caption.sources.empty()) return;
  caption.is_off_screen = std::ranges::all_of(caption.sources, &WeighedSource::is_off_screen);
}

void CaptionJudge::hold_back(const std::vector<NamedSource>& sources, DetailLevel detail,
                             Decision& caption) {
  const std::int64_t time_ns = caption.span.start_ns;
  CaptionWorth worth{.confidence = std::exp(caption.mean_log_probability),
                     .above_programme_db = caption.above_programme_db,
                     .since_said_ns = 0};
  for (const NamedSource& source : sources) {
    const auto since_ns = since_said_ns(source.name, time_ns);
    if (!since_ns || !worth.since_said_ns) {
      worth.since_said_ns.reset();
    } else {
      worth.since_said_ns = std::max(*worth.since_said_ns, *since_ns);
    }
  }
  caption.reason = held_back_because(detail, worth);
  if (!caption.reason.empty()) {
    caption.kind = Decision::Kind::kRejected;
    caption.is_held_back = true;
    caption.extends_last = false;
    has_held_back_last_ = true;
    return;
  }
  // What it would extend was not shown.
  if (has_held_back_last_) caption.extends_last = false;
  has_held_back_last_ = false;
  for (const NamedSource& source : sources) {
    std::erase_if(said_, [&](const Said& said) {
      return is_same_source(said.name, source.name) || time_ns - said.time_ns >= kNewAfterNs;
    });
    said_.push_back({.name = source.name, .time_ns = time_ns});
  }
}

std::optional<std::int64_t> CaptionJudge::since_said_ns(const SourceName& name,
                                                        std::int64_t time_ns) const {
  std::optional<std::int64_t> since_ns;
  for (const Said& said : said_) {
    if (!is_same_source(said.name, name)) continue;
    since_ns = std::min(since_ns.value_or(time_ns - said.time_ns), time_ns - said.time_ns);
  }
  return since_ns;
}

void CaptionJudge::forget() {
  said_.clear();
  has_held_back_last_ = false;
  epoch_ = 0;
}

}  // namespace dali
