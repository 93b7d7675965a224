// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-caption: from media files to captions.

#include <variant>

#include "command/standard_streams.h"
#include "command/stop_signal.h"
#include "pipelines/caption/command_line.h"
#include "pipelines/caption/many_media.h"

int main(int argument_count, char** arguments) {
  dali::occupy_closed_standard_streams();
  const auto parsed = dali::parse_caption_command_line(argument_count, arguments);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const dali::StopSignal stop_signal(dali::StopSignal::WaitingCalls::kFail);
  return dali::caption_all(std::get<dali::CommandLine>(parsed));
}
