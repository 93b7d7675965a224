// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/output_names.h"

#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

// What makes two opened files one, whatever their names, links and descriptors.
using FileIdentity = std::pair<dev_t, ino_t>;

std::optional<FileIdentity> identity_of(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;  // a pipe or a terminal is not overwritten
  return FileIdentity(status.st_dev, status.st_ino);
}

std::optional<FileIdentity> identity_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;  // what is not there is nothing else
  return identity_of(status);
}

// The last part of a URI's path, decoded; as it stands when it decodes to no name of a file.
std::string last_part_of_uri(const std::string& uri) {
  const std::string whole = uri.substr(0, uri.find_first_of("?#"));
  const std::string path = whole.substr(whole.find("://") + 3);
  const auto slash = path.rfind('/');
  const std::string part = slash == std::string::npos ? "" : path.substr(slash + 1);
  g_autofree gchar* decoded = g_uri_unescape_string(part.c_str(), "/");
  return decoded != nullptr ? decoded : part;
}

}  // namespace

std::string stem_of(const std::string& medium) {
  if (medium == "-") return "stdin";
  const std::filesystem::path name = is_uri(medium) ? last_part_of_uri(medium) : medium;
  const std::string stem = name.stem().string();
  return stem.empty() || stem == "." || stem == ".." ? "captions" : stem;
}

std::string title_of(const std::string& medium) {
  for (const char* folder : {"/proc/self/fd/", "/dev/fd/", "/dev/stdin"}) {
    if (medium.starts_with(folder)) return {};
  }
  if (medium == "-") return {};
  return is_uri(medium) ? last_part_of_uri(medium)
                        : std::filesystem::path(medium).filename().string();
}

std::vector<std::filesystem::path> distinct_places(const std::vector<ListedMedium>& media) {
  std::vector<std::filesystem::path> wanted;
  for (const ListedMedium& medium : media) wanted.push_back(medium.folder / stem_of(medium.name));
  // A number must not make a name that another medium has of itself.
  const std::set<std::filesystem::path> taken(wanted.begin(), wanted.end());
  std::set<std::filesystem::path> given;
  std::vector<std::filesystem::path> places;
  for (const std::filesystem::path& place : wanted) {
    std::filesystem::path name = place;
    const auto numbered = [&](int number) {
      return std::filesystem::path(place.native() + "-" + std::to_string(number));
    };
    for (int number = 2; !given.insert(name).second; ++number) {
      name = numbered(number);
      while (taken.contains(name)) name = numbered(++number);
    }
    places.push_back(name);
  }
  return places;
}

void check_that_no_medium_is_overwritten(const std::vector<Medium>& media) {
  std::map<FileIdentity, std::string> read;
  for (const Medium& medium : media) {
    const auto path = path_of(medium.name);
    const auto identity = path ? identity_of(*path) : std::nullopt;
    if (identity) read.emplace(*identity, medium.name);
  }
  const auto check = [&](const std::optional<FileIdentity>& written, const std::string& output) {
    const auto found = written ? read.find(*written) : read.end();
    if (found == read.end()) return;
    throw UsageError(found->second + ": would be overwritten by " + output);
  };
  for (const Medium& medium : media) {
    for (const std::filesystem::path& output : {medium.output, medium.text_output}) {
      if (!output.empty()) check(identity_of(output), "the output " + output.string());
    }
  }
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) == 0) check(identity_of(status), "standard output");
}

bool is_standard_output(const std::filesystem::path& output) {
  static const std::set<std::string> kNames = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  return kNames.contains(output.string());
}

}  // namespace dali
