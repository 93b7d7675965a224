#pragma once

#include <filesystem>
#include <string>

namespace dali {

// One file or URI to caption.
struct Medium {
  std::string name;              // as typed; what messages call it
  std::filesystem::path output;  // empty: captions go to standard output
};

// "https://..." and "file:///..." are taken as they are, everything else is a path.
bool is_uri(const std::string& medium);

// The URI that GStreamer opens. Throws MediaError naming the medium when it is a path to nothing,
// to a folder, or to a file that may not be read or is empty.
std::string uri_of(const Medium& medium);

}  // namespace dali
