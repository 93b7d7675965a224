// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/programme_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "toyworld/soundtrack.h"
#include "toyworld/toyworld_files.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

std::string event_rows(const Programme& programme, const std::vector<SoundTime>& heard,
                       const std::string& file_name) {
  std::vector<std::pair<SoundTime, std::string_view>> events;
  for (std::size_t index = 0; index < heard.size(); ++index) {
    events.emplace_back(heard[index], words_of(programme.sounds[index].sound.thing).name);
  }
  std::ranges::stable_sort(events, {}, [](const auto& event) { return event.first.start_s; });
  std::string rows;
  for (const auto& [time, name] : events) {
    rows += fmt::format("{}\t{:.2f}\t{:.2f}\t{}\n", file_name, time.start_s, time.end_s, name);
  }
  return rows.empty() ? file_name + '\n' : rows;
}

}  // namespace

WrittenProgramme write_programme(const Programme& programme, const std::string& id,
                                 MediaFormat format, const fs::path& folder) {
  const std::string file_name = id + '.' + std::string(file_extension(format));
  const SoundtrackFacts facts = facts_of(programme);
  Soundtrack track(programme, facts.gain);
  WrittenProgramme written;
  written.clip.id = id;
  written.clip.media = folder / "media" / file_name;
  written.clip.duration_s = programme.length_s;
  const auto frames = std::llround(programme.length_s * kFramesPerSecond);
  write_media(written.clip.media,
              {.sample_count = static_cast<std::int64_t>(sample_count(programme)),
               .make_samples = [&](std::span<float> samples) { track.next(samples); },
               .frame_count = frames,
               .make_frame =
                   [&](std::int64_t index) {
                     return programme_frame(programme,
                                            static_cast<double>(index) / double{kFramesPerSecond});
                   },
               .frames_per_second = kFramesPerSecond},
              format);

  std::set<std::string> sounds;
  for (const ProgrammeSound& sound : programme.sounds) {
    sounds.emplace(words_of(sound.sound.thing).name);
  }
  written.clip.sounds.assign(sounds.begin(), sounds.end());
  written.event_rows = event_rows(programme, facts.heard, file_name);
  return written;
}

}  // namespace dali
