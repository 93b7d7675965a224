// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/scc.h"

#include <fmt/format.h>

#include <cstdint>

#include "gst-plugin/typesetting/cea608_encoder.h"

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

// Timecodes count 30 frames a second. To keep up with the clock they leave out two numbers, not
// frames, at the start of each minute but every tenth.
constexpr std::int64_t kFramesPerSecond = 30;
constexpr std::int64_t kFramesPerMinute = 60 * kFramesPerSecond - 2;
constexpr std::int64_t kFramesPerTenMinutes = 10 * kFramesPerMinute + 2;
constexpr std::int64_t kFramesPerDay = 24 * 6 * kFramesPerTenMinutes;

std::int64_t frame_start_ns(std::int64_t frame) {
  constexpr std::int64_t kThirtyFramesNs = 1'001'000'000;
  return frame * kThirtyFramesNs / kFramesPerSecond;
}

std::string drop_frame_timecode(std::int64_t frame) {
  const std::int64_t tens = frame / kFramesPerTenMinutes;
  const std::int64_t in_ten = frame % kFramesPerTenMinutes;
  const std::int64_t minute = in_ten < 2 ? 0 : (in_ten - 2) / kFramesPerMinute;
  const std::int64_t number = frame + 18 * tens + 2 * minute;
  return fmt::format("{:02}:{:02}:{:02};{:02}", number / (3600 * kFramesPerSecond),
                     number / (60 * kFramesPerSecond) % 60, number / kFramesPerSecond % 60,
                     number % kFramesPerSecond);
}

// All that the encoder sends: a line for each run of frames that carry something.
std::string runs_of(Cea608Encoder& encoder) {
  std::string lines;
  bool is_in_run = false;
  for (std::int64_t frame = 0; frame < kFramesPerDay && !encoder.is_idle(); ++frame) {
    const Cea608Pair pair = encoder.next(frame_start_ns(frame));
    if (pair == Cea608Pair{}) {
      is_in_run = false;
      continue;
    }
    lines += is_in_run ? " " : "\n\n" + drop_frame_timecode(frame) + '\t';
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
    if (end_ns > frame_start_ns(kFramesPerDay)) {
      written.losses.push_back(loss_clause(cue.text, cue.start_ms, "timecodes end with the day"));
      continue;
    }
    encoder.add(cue.text, cue.start_ms * kMillisecondNs, end_ns);
  }
  written.text = "Scenarist_SCC V1.0" + runs_of(encoder) + '\n';
  for (const Cea608Encoder::Loss& loss : encoder.take_losses()) {
    written.losses.push_back(loss_clause(loss.text, loss.start_ns / kMillisecondNs, loss.reason));
  }
  return written;
}

}  // namespace dali
