// SPDX-License-Identifier: LGPL-2.1-or-later
// What the programs that write model directories do alike.
#pragma once

#include <ATen/core/ScalarType.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace dali {

// What --precision names: "bfloat16", "float16" or "float32". Throws std::invalid_argument for
// another word.
at::ScalarType dtype_named(std::string_view name);

// Calls work() with LibTorch's errors, and a lack of memory, as one line each: std::runtime_error.
void with_errors_in_one_line(const std::function<void()>& work);

// Runs the command with_errors_in_one_line(). The exit status, as run_command() has it.
int run_model_command(const std::string& program, const std::function<void()>& body);

// Calls write(after_tensor), which is to write so many tensors into the folder `out`, with a line
// of progress. A signal that asks for an end becomes an exception after the tensor that is under
// way.
void write_with_progress(
    const std::filesystem::path& out, std::size_t tensors,
    const std::function<void(const std::function<void()>& after_tensor)>& write);

}  // namespace dali
