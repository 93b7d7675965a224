// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/checksum_list.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "fetch/checksum.h"
#include "fetch/download.h"
#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kListName = "SHA256SUMS";
constexpr const char* kBetween = "  ";  // digits and name

}  // namespace

void write_checksum_list(const fs::path& folder, StatusLine& status) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().filename() != kListName) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  std::string list;
  for (const fs::path& file : files) {
    list += sha256_of(file, [&](std::uint64_t bytes) {
      if (status.is_due()) {
        status.show(file.filename().string() + ": checksum of " + bytes_text(bytes));
      }
    });
    list += kBetween + file.filename().string() + "\n";
  }
  status.clear();
  replace_file(folder / kListName, list);
}

bool verify_checksum_list(const fs::path& folder, StatusLine& status) {
  const fs::path list = folder / kListName;
  std::error_code error;
  if (!fs::is_regular_file(list, error)) return false;
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    const std::string name =
        line.size() > kSha256Digits + 2 && line.compare(kSha256Digits, 2, kBetween) == 0
            ? line.substr(kSha256Digits + 2)
            : "";
    if (name.empty() || name.find('/') != std::string::npos) {
      throw std::runtime_error(list.string() + ": is no list of checksums");
    }
    const fs::path file = folder / name;
    if (!fs::is_regular_file(file, error)) throw std::runtime_error(file.string() + ": is missing");
    check_downloaded(
        file, {.address = {}, .path = file, .bytes = {}, .sha256 = line.substr(0, kSha256Digits)},
        status);
  }
  status.clear();
  return true;
}

}  // namespace dali
