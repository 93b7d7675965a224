// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/medium.h"

#include <gst/gst.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

std::string descriptor_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace

bool is_uri(const std::string& medium) {
  // GStreamer alone would call a file named "take 2:50.mp4" a URI.
  return medium.find("://") != std::string::npos && gst_uri_is_valid(medium.c_str()) != FALSE;
}

std::optional<std::filesystem::path> path_of(const std::string& medium) {
  if (medium == "-") return descriptor_path(STDIN_FILENO);
  if (!is_uri(medium)) return medium;
  if (g_ascii_strncasecmp(medium.c_str(), "file:", 5) != 0) return std::nullopt;
  const std::string without_query = medium.substr(0, medium.find_first_of("?#"));
  g_autofree gchar* path = g_filename_from_uri(without_query.c_str(), nullptr, nullptr);
  if (path == nullptr) return std::nullopt;
  return path;
}

void check_is_there(const Medium& medium) {
  const std::optional<std::filesystem::path> path = path_of(medium.name);
  if (medium.descriptor || !path) return;
  // GStreamer would say all this too, but less plainly and only once a pipeline runs.
  if (::access(path->c_str(), R_OK) != 0) {
    throw MediaError(medium.name + ": " + std::strerror(errno));
  }
  std::error_code error;
  if (std::filesystem::is_directory(*path, error)) {
    throw MediaError(medium.name + ": is a folder; --recursive captions what is in it");
  }
  if (std::filesystem::file_size(*path, error) == 0 && !error) {
    throw MediaError(medium.name + ": is empty");
  }
}

std::string uri_of(const Medium& medium) {
  check_is_there(medium);
  if (medium.is_read_once) return "fd://" + std::to_string(medium.descriptor.value());
  if (medium.descriptor) return "file://" + descriptor_path(*medium.descriptor);
  const std::optional<std::filesystem::path> path = path_of(medium.name);
  if (!path) return medium.name;
  g_autoptr(GError) error = nullptr;
  const std::string absolute = std::filesystem::absolute(*path).string();
  g_autofree gchar* uri = gst_filename_to_uri(absolute.c_str(), &error);
  if (uri == nullptr) throw MediaError(medium.name + ": " + error->message);
  return uri;
}

std::string libav_location_of(const Medium& medium) {
  check_is_there(medium);
  if (medium.descriptor) return "file:" + descriptor_path(*medium.descriptor);
  const std::optional<std::filesystem::path> path = path_of(medium.name);
  return path ? "file:" + path->string() : medium.name;
}

}  // namespace dali
