// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/ttml_cues.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gst-plugin/typesetting/caption_pages.h"
#include "media/text/markup.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

constexpr const char* kNoRoom = "a line has no room for the word";
constexpr const char* kNoTime = "the next one begins";
constexpr const char* kTooLate = "the document of its time has been sent";

ShapeSettings document_settings(int columns, int lines) {
  ShapeSettings settings;
  settings.columns = columns;
  settings.lines = lines;
  settings.characters_per_second = 1'000'000;
  settings.min_duration_ns = kMillisecondNs;
  settings.max_duration_ns = std::int64_t{3600} * 1000 * kMillisecondNs;
  settings.min_gap_ns = 0;
  settings.may_follow_at_once = true;
  settings.max_delay_ns = 0;
  settings.label_style = LabelStyle::kPlain;
  return settings;
}

std::int64_t in_milliseconds(std::int64_t time_ns) {
  return (time_ns + kMillisecondNs / 2) / kMillisecondNs;
}

}  // namespace

TtmlCues::TtmlCues(int columns, int lines) : settings_(document_settings(columns, lines)) {}

void TtmlCues::add(std::string_view text, std::int64_t start_ns, std::int64_t end_ns) {
  Caption caption{.text = only_xml(text), .start_ns = start_ns, .end_ns = end_ns};
  if (collapsed(caption.text).empty()) return;
  caption.start_ns = std::max(start_ns, taken_until_ns_);
  caption.end_ns = std::max(end_ns, start_ns + kMillisecondNs);
  if (caption.end_ns <= caption.start_ns) {
    losses_.push_back({caption.text, caption.text, start_ns, kTooLate});
    return;
  }
  end_all_by(caption.start_ns);
  last_ = std::move(caption);
}

void TtmlCues::end_all_by(std::int64_t time_ns) {
  if (last_) {
    last_->end_ns = std::min(last_->end_ns, time_ns);
    set_on_lines(*std::exchange(last_, std::nullopt));
  }
  while (!pages_.empty() && pages_.back().shown.start_ns >= time_ns) {
    const Page& page = pages_.back();
    if (!page.is_begun) {
      losses_.push_back({page.shown.text, page.caption.text, page.caption.start_ns, kNoTime});
    }
    pages_.pop_back();
  }
  if (!pages_.empty()) pages_.back().shown.end_ns = std::min(pages_.back().shown.end_ns, time_ns);
}

void TtmlCues::set_on_lines(const Caption& caption) {
  if (caption.end_ns <= caption.start_ns) {
    losses_.push_back({caption.text, caption.text, caption.start_ns, kNoTime});
    return;
  }
  if (auto lines = on_own_lines(caption.text)) {
    pages_.push_back({{caption.start_ns, caption.end_ns, std::move(*lines)}, caption});
    return;
  }
  // Captions are apart already, and one that was cut short must not push the next one on.
  shaper_.set_shown_until(std::nullopt);
  ShapedText shaped = shaper_.shape(caption.text, caption.start_ns, caption.end_ns, settings_);
  for (TimedText& shown : shaped.shown) pages_.push_back({std::move(shown), caption});
  if (!shaped.lost.empty()) {
    losses_.push_back({shaped.lost, caption.text, caption.start_ns, kNoRoom});
  }
}

// The lines that the text came on; nothing if they do not fit.
std::optional<std::string> TtmlCues::on_own_lines(std::string_view text) {
  const CaptionPage lines = lines_of(text);
  const bool fits = std::ssize(lines) <= settings_.lines &&
                    std::ranges::all_of(lines, [this](const std::string& line) {
                      return segmenter_.extent(line).columns <= settings_.columns;
                    });
  return fits ? std::optional(joined(lines)) : std::nullopt;
}

std::vector<TtmlParagraph> TtmlCues::take_until(std::int64_t time_ns) {
  if (last_ && last_->start_ns < time_ns) set_on_lines(*std::exchange(last_, std::nullopt));
  std::vector<TtmlParagraph> taken;
  while (!pages_.empty() && pages_.front().shown.start_ns < time_ns) {
    TimedText& shown = pages_.front().shown;
    const TtmlParagraph paragraph{.start_ms = in_milliseconds(shown.start_ns),
                                  .end_ms = in_milliseconds(std::min(shown.end_ns, time_ns)),
                                  .text = shown.text};
    if (paragraph.start_ms < paragraph.end_ms) taken.push_back(paragraph);
    if (shown.end_ns > time_ns) {
      shown.start_ns = time_ns;
      pages_.front().is_begun = true;
      break;
    }
    pages_.pop_front();
  }
  taken_until_ns_ = std::max(taken_until_ns_, time_ns);
  return taken;
}

std::optional<std::int64_t> TtmlCues::end_ns() const {
  if (last_) return last_->end_ns;
  if (!pages_.empty()) return pages_.back().shown.end_ns;
  return std::nullopt;
}

std::vector<CaptionLoss> TtmlCues::take_losses() {
  return std::exchange(losses_, {});
}

}  // namespace dali
