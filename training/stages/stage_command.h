// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "training/config/config_fields.h"

namespace dali {

// What an executable of training/ says of itself.
struct CommandDescription {
  std::string name;        // "dali-align"
  std::string purpose;     // one sentence for --help
  std::string notes = {};  // what else --help says, below the keys; ends with a line break
};

// main() of every executable with a configuration: reads `--config FILE.toml`, then `key=value`
// words and `--key` for `key=true` (with dashes for underscores), makes the folder given by
// `--out`, writes the complete configuration into it as training.toml, and calls `body` with the
// folder. A folder with a checkpoint in it, or with clips' records, is refused when the
// configuration is not the one that they were made with. Returns the exit status: 0; 1 when the
// body failed; 2 when it was called wrongly. Errors are one line on standard error. `fields` is
// borrowed.
int run_stage_command(int argc, char** argv, const CommandDescription& description,
                      ConfigFields& fields,
                      const std::function<void(const std::filesystem::path& out)>& body);

}  // namespace dali
