// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>

namespace dali {

// Folders that hold what was unpacked of a file: beside it, named as it is with ".clips" behind,
// or, where that cannot be written, in gst-dali/shards of the user's cache (XDG_CACHE_HOME, else
// ~/.cache). A folder is used as long as the file is the very one that it was unpacked from; one
// that was replaced is unpacked anew.
//
// Returns the folder for `file`, which `unpack` was called to fill when it was not filled before.
// Of several processes that ask at once one unpacks. As long as a process runs, no other one
// exchanges what it was given. Throws std::runtime_error naming the file: it is no regular file,
// changes meanwhile, or can be unpacked nowhere; and what `unpack` throws, which leaves the folder
// unfilled.
std::filesystem::path unpacked_once(
    const std::filesystem::path& file,
    const std::function<void(const std::filesystem::path& folder)>& unpack);

}  // namespace dali
