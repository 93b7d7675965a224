// SPDX-License-Identifier: LGPL-2.1-or-later
// What the programs that write model directories do alike.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace dali {

// Runs the command with LibTorch's errors as one line each. The exit status, as run_command() has
// it.
int run_model_command(const std::string& program, const std::function<void()>& body);

// Calls write(after_tensor), which is to write so many tensors into the folder `out`, with a line
// of progress. A signal that asks for an end becomes an exception after the tensor that is under
// way.
void write_with_progress(
    const std::filesystem::path& out, std::size_t tensors,
    const std::function<void(const std::function<void()>& after_tensor)>& write);

}  // namespace dali
