// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "media/clips/manifest.h"
#include "media/decoding/media_writer.h"
#include "toyworld/programme.h"

namespace dali {

// events.tsv: what is heard from when to when, as DCASE's tables have it, a row an event.
inline constexpr const char* kEventTableHead = "filename\tonset\toffset\tevent_label\n";

struct WrittenProgramme {
  Clip clip;               // for the manifest, without captions
  std::string event_rows;  // of the table; of a programme without events one that names it alone
};

// Draws, synthesises and encodes the programme into folder/media/ID.mp4 or .webm, which exists, a
// moment at a time. Throws std::runtime_error naming the file.
WrittenProgramme write_programme(const Programme& programme, const std::string& id,
                                 MediaFormat format, const std::filesystem::path& folder);

}  // namespace dali
