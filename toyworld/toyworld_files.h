// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "media/clips/manifest.h"
#include "media/decoding/media_writer.h"
#include "toyworld/scene.h"

namespace dali {

inline constexpr int kFramesPerSecond = 5;

// Draws, synthesises and encodes the scene into folder/media/ID.mp4 or .webm, which exists. Returns
// its entry for the manifest. Throws std::runtime_error naming the file.
Clip write_clip(const Scene& scene, const std::string& id, MediaFormat format,
                const std::filesystem::path& folder);

// The line of events.jsonl for a clip of the scene: from when to when each of its sounds is heard,
// as
// {"id": ID, "events": [{"sound": "dog", "start": 1.25, "end": 4.5}, ...]}, in seconds.
std::string event_line(const Scene& scene, const std::string& id);

// classes.json: each class of the world, sounding or silent -> the words any of which names it in a
// caption. Throws std::runtime_error naming the file.
void write_classes(const std::filesystem::path& file, World world);

}  // namespace dali
