// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/base/rgb_image.h"
#include "toyworld/scene.h"

namespace dali {

// A scene as long as it is on the screen: until the next shot. Its sounds are not heard, but the
// noise of its place is.
struct Shot {
  Scene scene;
  double start_s = 0.0;
};

struct ProgrammeSound {
  Sound sound;  // its time is that of the programme
  std::optional<double>
      level;  // of its loudest moment, root mean square; nothing: as scenes have it
};

// Nothing sounds in it: the place's noise alone, or, in digital silence, not even that.
struct QuietStretch {
  SoundTime time;
  bool is_digital = false;
};

// Minutes of a toy world, as they are watched: shots follow one another by cuts; what sounds begins
// and ends when it likes, seen or not, three at most at a time and all of different classes; faint
// music lies under some of it. A pure value: pictures and sound are functions of it.
struct Programme {
  World world = World::kSmall;
  double length_s = 0.0;
  std::vector<Shot> shots;             // the first one begins at 0
  std::vector<ProgrammeSound> sounds;  // in the order in which they begin
  std::vector<QuietStretch> quiet;     // in order
};

struct ProgrammeOptions {
  World world = World::kSmall;
  Split split = Split::kTrain;  // of the shots' scenes
  double length_s = 300.0;
};

// The programme number `index` of a world. The same arguments give the same programme. Throws
// std::invalid_argument for a split that the world lacks.
Programme make_programme(std::uint64_t world_seed, std::uint64_t index,
                         const ProgrammeOptions& options);

// What is on the screen at that time of the programme.
const Shot& shot_at(const Programme& programme, double time_s);  // borrowed from it
RgbImage programme_frame(const Programme& programme, double time_s);

}  // namespace dali
