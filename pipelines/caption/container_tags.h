// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "pipelines/caption/media_input.h"
#include "pipelines/caption/media_output.h"

namespace dali {

enum class StreamContent { kSame, kEncodedAnew };

// Tags and chapters of the whole medium, chapters in the output's time.
void copy_tags_and_chapters(const MediaInput& input, AVFormatContext* output);

// Tags of one stream, under the container's names, without those that speak of an encoding that is
// not the output's.
void copy_stream_tags(const AVStream* input, AVStream* output, Container container,
                      StreamContent content);

// What a finished output lacks of the medium's tags and chapters, in words: it is read again,
// because only its muxer knows what it has a place for.
std::string lost_tags(const MediaInput& input, const std::filesystem::path& output);

}  // namespace dali
