// SPDX-License-Identifier: LGPL-2.1-or-later
// The door to what loads models.
#pragma once

#include <filesystem>
#include <string>

namespace dali {

struct ServingRequest {
  std::filesystem::path model;   // a folder
  std::filesystem::path socket;  // where clients find it
  std::string device = "auto";
  std::string precision = "auto";
  int threads = 0;  // 0: the processors that the process may use
};

// Loads the model and serves it until a StopSignal has come; says in a line on standard output when
// it is there. Throws std::runtime_error in one line naming what is wrong.
void serve_model(const ServingRequest& request);

}  // namespace dali
