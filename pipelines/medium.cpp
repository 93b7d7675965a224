#include "pipelines/medium.h"

#include <gst/gst.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "pipelines/errors.h"

namespace dali {

bool is_uri(const std::string& medium) {
  // GStreamer alone would call a file named "take 2:50.mp4" a URI.
  return medium.find("://") != std::string::npos && gst_uri_is_valid(medium.c_str()) != FALSE;
}

std::string uri_of(const Medium& medium) {
  if (is_uri(medium.name)) return medium.name;
  // GStreamer would say all this too, but less plainly and only once a pipeline runs.
  if (::access(medium.name.c_str(), R_OK) != 0) {
    throw MediaError(medium.name + ": " + std::strerror(errno));
  }
  std::error_code error;
  if (std::filesystem::is_directory(medium.name, error)) {
    throw MediaError(medium.name + ": is a folder");
  }
  if (std::filesystem::file_size(medium.name, error) == 0 && !error) {
    throw MediaError(medium.name + ": is empty");
  }
  g_autoptr(GError) conversion_error = nullptr;
  g_autofree gchar* uri = gst_filename_to_uri(medium.name.c_str(), &conversion_error);
  if (uri == nullptr) throw MediaError(medium.name + ": " + conversion_error->message);
  return uri;
}

}  // namespace dali
