// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/ttml.h"

#include <algorithm>
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

constexpr std::int64_t kSampleNs = 2000 * kMillisecondNs;

TtmlCues cues_for(const std::vector<TimedCaption>& captions, std::vector<std::string>& losses) {
  TtmlCues cues(kColumns, kLines);
  for (const CueInTurn& cue : cues_in_turn(captions, losses)) {
    cues.add(cue.text, cue.start_ms * kMillisecondNs, cue.end_ms * kMillisecondNs);
  }
  return cues;
}

}  // namespace

WrittenText to_ttml(const std::vector<TimedCaption>& captions, const std::string& language) {
  WrittenText written;
  TtmlCues cues = cues_for(captions, written.losses);
  written.text = ttml_document(cues.take_until(std::numeric_limits<std::int64_t>::max()),
                               language_tag(language), {.columns = kColumns});
  add_losses(cues.take_losses(), written.losses);
  return written;
}

std::vector<TtmlSample> to_ttml_samples(const std::vector<TimedCaption>& captions,
                                        const std::string& language,
                                        std::vector<std::string>& losses) {
  const std::string tag = language_tag(language);
  std::vector<TtmlSample> samples;
  TtmlCues cues = cues_for(captions, losses);
  for (std::int64_t start_ns = 0; const auto last_ns = cues.end_ns(); start_ns += kSampleNs) {
    const std::int64_t end_ns = std::min(start_ns + kSampleNs, std::max(*last_ns, start_ns + 1));
    samples.push_back(
        {.start_ms = start_ns / kMillisecondNs,
         .end_ms = end_ns / kMillisecondNs,
         .document = ttml_document(cues.take_until(end_ns), tag, {.columns = kColumns})});
  }
  add_losses(cues.take_losses(), losses);
  return samples;
}

}  // namespace dali
