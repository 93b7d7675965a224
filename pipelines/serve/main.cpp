// SPDX-License-Identifier: LGPL-2.1-or-later
// dali-serve: captions over HTTP.

#include <variant>

#include "command/command_line.h"
#include "command/standard_streams.h"
#include "pipelines/serve/command_line.h"
#include "pipelines/serve/serve.h"

int main(int argument_count, char** arguments) {
  dali::occupy_closed_standard_streams();
  const auto parsed = dali::parse_serve_command_line(argument_count, arguments);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  return dali::run_command(dali::kServeProgram,
                           [&] { dali::serve(std::get<dali::ServeCommandLine>(parsed)); });
}
