// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/csv_file.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "media/clips/whole_file.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

// Reads one field after the other from the whole text.
class CsvReader {
 public:
  CsvReader(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) place_ = kByteOrderMark.size();
  }

  bool is_at_end() const { return place_ == text_.size(); }
  int line() const { return line_; }

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw std::runtime_error(file_ + ":" + std::to_string(line) + ": " + what);
  }

  std::vector<std::string> row() {
    std::vector<std::string> fields = {field()};
    while (!is_at_end() && text_[place_] == ',') {
      ++place_;
      fields.push_back(field());
    }
    take_line_end();
    return fields;
  }

 private:
  std::string field() {
    const bool is_quoted = !is_at_end() && text_[place_] == '"';
    return is_quoted ? quoted_field() : plain_field();
  }

  std::string plain_field() {
    const auto end = std::min(text_.find_first_of(",\r\n", place_), text_.size());
    std::string value = text_.substr(place_, end - place_);
    place_ = end;
    return value;
  }

  std::string quoted_field() {
    const int first_line = line_;
    std::string value;
    for (++place_;; ++place_) {
      if (is_at_end()) fail(first_line, "a quote is not closed");
      if (text_[place_] == '"') {
        const bool is_doubled = place_ + 1 < text_.size() && text_[place_ + 1] == '"';
        if (!is_doubled) break;
        ++place_;
      } else if (text_[place_] == '\n') {
        ++line_;
      }
      value += text_[place_];
    }
    ++place_;
    if (!is_at_end() && std::string_view(",\r\n").find(text_[place_]) == std::string_view::npos) {
      fail(line_, "text follows a closing quote");
    }
    return value;
  }

  void take_line_end() {
    if (!is_at_end() && text_[place_] == '\r') ++place_;
    if (!is_at_end() && text_[place_] == '\n') ++place_;
    ++line_;
  }

  std::string text_;
  std::string file_;
  std::size_t place_ = 0;
  int line_ = 1;
};

void append_row(std::string& text, const std::vector<std::string>& fields) {
  const char* separator = "";
  for (const std::string& field : fields) {
    text += std::exchange(separator, ",");
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
      text += field;
      continue;
    }
    text += '"';
    for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
    text += '"';
  }
  text += '\n';
}

}  // namespace

std::size_t CsvFile::column(std::string_view name) const {
  const auto found = std::ranges::find(columns, name);
  if (found == columns.end()) {
    throw std::runtime_error(path.string() + ": has no column \"" + std::string(name) + "\"");
  }
  return static_cast<std::size_t>(found - columns.begin());
}

CsvFile read_csv(const std::filesystem::path& file) {
  CsvReader reader(whole_file(file), file.string());
  if (reader.is_at_end()) throw std::runtime_error(file.string() + ": is empty");
  CsvFile table{.path = file, .columns = reader.row(), .rows = {}};
  while (!reader.is_at_end()) {
    const int line = reader.line();
    auto row = reader.row();
    if (row.size() == 1 && row.front().empty()) continue;
    if (row.size() != table.columns.size()) {
      reader.fail(line, std::to_string(row.size()) + " fields instead of " +
                            std::to_string(table.columns.size()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

void write_csv(const std::filesystem::path& file, const CsvFile& table) {
  std::string text;
  append_row(text, table.columns);
  for (const auto& row : table.rows) append_row(text, row);
  replace_file(file, text, Sync::kLater);
}

}  // namespace dali
