// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/check_for_cpp.h"

namespace dali {

// Runs the ffmpeg of the command line with these arguments; the file that it writes is named apart.
inline std::filesystem::path made_by_ffmpeg(const std::filesystem::path& file,
                                            const std::string& arguments) {
  const std::string command =
      "timeout 60 ffmpeg -v error -nostdin -y " + arguments + " '" + file.string() + "'";
  const int status = std::system(command.c_str());
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", command.c_str());
  return file;
}

inline std::string in_quotes_for_shell(const std::filesystem::path& file) {
  return "'" + file.string() + "'";
}

}  // namespace dali
