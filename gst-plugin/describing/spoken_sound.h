// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace dali {

// A file of sound, as a voice writes it, as mono samples of that rate without the silence around
// them; empty where all is silent. `command` is the voice's, which errors name. Throws VoiceError
// for what libsndfile does not read.
std::vector<float> samples_of_sound(const std::string& sound, int rate_hz,
                                    const std::string& command);

}  // namespace dali
