// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pipelines/describe/description_mix.h"
#include "pipelines/describe/description_plan.h"
#include "pipelines/describe/pauses.h"
#include "pipelines/describe/voice_command.h"

namespace dali {

// How descriptions are spoken.
struct DescriptionOptions {
  VoiceCommand voice = {};
  PauseRules pauses = {};
  PlanRules plan = {};
  MixRules mix = {};
};

}  // namespace dali
