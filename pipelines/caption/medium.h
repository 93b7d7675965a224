// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace dali {

// One file or URI to caption.
struct Medium {
  std::string name;                        // as typed; what messages call it
  std::filesystem::path output;            // empty: captions go to standard output
  std::filesystem::path text_output = {};  // of descriptions, beside `output`; empty: none
  std::string audio_track = {};            // a number from 1, or a language; empty: the default one
  std::string video_track = {};
  bool refuses_references = false;  // what it names besides itself is not opened
  // Opened already, because opening it again would find something else: what comes through a pipe.
  std::optional<int> descriptor = std::nullopt;
  bool is_read_once = false;  // it comes through `descriptor`, from beginning to end
};

// "https://..." and "file:///..." are taken as they are, everything else is a path.
bool is_uri(const std::string& medium);

// The path that a medium's name means: "-" is standard input, and a "file:" URI is decoded. None
// for what is not on this machine's disks.
std::optional<std::filesystem::path> path_of(const std::string& medium);

// Throws MediaError naming the medium when it is a path to nothing, to a folder, or to a file that
// may not be read or is empty.
void check_is_there(const Medium& medium);

// The URI that GStreamer opens. Throws as check_is_there() does.
std::string uri_of(const Medium& medium);

// What libavformat opens. Throws as check_is_there() does.
std::string libav_location_of(const Medium& medium);

}  // namespace dali
