// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/ttml.h"

#include <cstdint>
#include <limits>

#include "gst-plugin/typesetting/ttml_cues.h"
#include "media/text/language_tag.h"
#include "media/text/ttml_document.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

// As many as the BBC's guidelines allow.
constexpr int kColumns = 37;
constexpr int kLines = 2;

}  // namespace

WrittenText to_ttml(const std::vector<TimedCaption>& captions, const std::string& language) {
  WrittenText written;
  TtmlCues cues(kColumns, kLines);
  for (const CueInTurn& cue : cues_in_turn(captions, written.losses)) {
    cues.add(cue.text, cue.start_ms * kMillisecondNs, cue.end_ms * kMillisecondNs);
  }
  written.text = ttml_document(cues.take_until(std::numeric_limits<std::int64_t>::max()),
                               language_tag(language), {.columns = kColumns});
  for (const TtmlCues::Loss& loss : cues.take_losses()) {
    written.losses.push_back(loss_clause(loss.text, loss.start_ns / kMillisecondNs, loss.reason));
  }
  return written;
}

}  // namespace dali
