// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "media/describing/description_mix.h"
#include "media/describing/description_plan.h"
#include "media/describing/pauses.h"
#include "media/describing/voice_command.h"

namespace dali {

// How descriptions are spoken.
struct DescriptionOptions {
  VoiceCommand voice = {};
  PauseRules pauses = {};
  PlanRules plan = {};
  MixRules mix = {};
};

}  // namespace dali
