// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/describing/describer_properties.h"

namespace dali {

const PropertyTable<DescriberSettings>& describer_properties() {
  using Settings = DescriberSettings;
  static const PropertyTable<Settings> table({
      {{"voice", "Voice", "Who speaks: what espeak-ng calls a voice, such as a language."},
       property::text(&Settings::voice),
       Mutability::kReady},
      {{"voice-command", "Voice command",
        "What speaks: a line for the shell, with a sentence as its standard input, a file of sound "
        "as its standard output, and DALI_VOICE and DALI_WORDS_A_MINUTE in its environment."},
       property::text(&Settings::voice_command),
       Mutability::kReady},
      {{"words-a-minute", "Words a minute", "How fast the voice speaks."},
       property::count(&Settings::words_a_minute, 80, 400),
       Mutability::kReady},
      {{"max-wait", "Longest wait",
        "How long a description waits for a pause of the sound before it is left out, in "
        "milliseconds."},
       property::count(&Settings::max_wait_ms, 0, 60000),
       Mutability::kReady},
      {{"pause-below", "Pause below",
        "How much quieter than the sound so far its pauses are, in LU."},
       property::real(&Settings::pause_below_lu, 3.0, 60.0),
       Mutability::kReady},
      {{"ducking", "Ducking", "How far the sound is turned down under a description, in decibels."},
       property::real(&Settings::ducking_db, 0.0, 60.0),
       Mutability::kReady},
  });
  return table;
}

}  // namespace dali
