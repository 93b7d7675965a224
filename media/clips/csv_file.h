// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// A table with a line of column names. As RFC 4180 has it: fields in quotes may hold commas, quotes
// (written twice) and line ends.
struct CsvFile {
  std::filesystem::path path;  // for messages
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`

  // Throws std::runtime_error naming the file and the column that it lacks.
  std::size_t column(std::string_view name) const;
};

// Empty lines are left out. Throws std::runtime_error naming file and line: the file is missing or
// empty, a row has another number of fields than the first, a quote is not closed.
CsvFile read_csv(const std::filesystem::path& file);

// Writes `table` to `file`, quoting where it must. Throws std::runtime_error naming the file.
void write_csv(const std::filesystem::path& file, const CsvFile& table);

}  // namespace dali
