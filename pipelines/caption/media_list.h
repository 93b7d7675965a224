// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace dali {

// One of many media, before anything is known of it but its name.
struct ListedMedium {
  std::string name;              // as typed, or as found in a folder
  std::filesystem::path folder;  // that it was found in, below the one that was typed; else empty
};

struct MediaList {
  std::vector<ListedMedium> media;
  std::vector<std::string> faults;  // of folders, a line each: not readable, nothing in them
};

// What the command line names: files and URIs as they are and, where `is_recursive`, in place of a
// folder the media in it and below it, by the endings of their names and in the order of their
// names. Hidden ones and linked folders are passed over, and so is `output_folder` (unless it is
// the typed folder itself): what was written there is no medium of the next run.
MediaList listed_media(const std::vector<std::string>& names, bool is_recursive,
                       const std::filesystem::path& output_folder);

// The lines of a file, or of standard input for "-", that are not empty. Throws UsageError naming
// the file when it cannot be read.
std::vector<std::string> names_in_list(const std::string& file);

// A process among several that work on one list side by side, on one machine or many.
struct ProcessShare {
  std::size_t rank = 0;
  std::size_t processes = 1;
};

// What the environment says by RANK and WORLD_SIZE, as torchrun sets them and job arrays can; one
// process where it says nothing. Throws UsageError when the two make no sense.
ProcessShare process_share();

}  // namespace dali
