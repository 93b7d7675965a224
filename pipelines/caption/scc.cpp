// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/scc.h"

#include <fmt/format.h>

#include <cstdint>

#include "gst-plugin/typesetting/cea608_encoder.h"
#include "pipelines/caption/drop_frame_time.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

// All that the encoder sends: a line for each run of frames that carry something.
std::string runs_of(Cea608Encoder& encoder) {
  std::string lines;
  bool is_in_run = false;
  for (std::int64_t frame = 0; frame < kDropFramesPerDay && !encoder.is_idle(); ++frame) {
    const Cea608Pair pair = encoder.next(drop_frame_start_ns(frame));
    if (pair == Cea608Pair{}) {
      is_in_run = false;
      continue;
    }
    lines += is_in_run ? " " : "\n\n" + drop_frame_timecode(frame, ';') + '\t';
    lines += fmt::format("{:02x}{:02x}", pair.first, pair.second);
    is_in_run = true;
  }
  return lines;
}

}  // namespace

WrittenText to_scc(const std::vector<TimedCaption>& captions, const std::string& /*language*/) {
  WrittenText written;
  Cea608Encoder encoder({.mode = Cea608Mode::kPopOn});
  for (const CueInTurn& cue : cues_in_turn(captions, written.losses)) {
    const std::int64_t end_ns = cue.end_ms * kMillisecondNs;
    if (end_ns > drop_frame_start_ns(kDropFramesPerDay)) {
      written.losses.push_back(loss_clause(cue.text, cue.start_ms, "timecodes end with the day"));
      continue;
    }
    encoder.add(cue.text, cue.start_ms * kMillisecondNs, end_ns);
  }
  written.text = "Scenarist_SCC V1.0" + runs_of(encoder) + '\n';
  add_losses(encoder.take_losses(), written.losses);
  return written;
}

}  // namespace dali
