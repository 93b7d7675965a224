// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace dali {

// Where a stream was closed, the next file that is opened would take its place, and be written to.
// To be called before any file is opened.
void occupy_closed_standard_streams();

// Writes all of it, now: a reader behind a pipe sees it as soon as it is known. Throws
// std::runtime_error when it cannot be written: disk full, no such stream. A reader that has gone
// ends the process, as it ends other programs.
void write_to_standard_output(const std::string& text);

}  // namespace dali
