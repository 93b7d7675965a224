// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pipelines/caption/media_output.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/progress.h"
#include "pipelines/caption/spoken_description.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

enum class CaptionPlace { kSubtitleTrack, kPicture, kSoundTrack };

struct CaptionedFileRequest {
  Container container = Container::kMatroska;
  ContainerForm form = {};
  CaptionPlace place = CaptionPlace::kSubtitleTrack;
  std::string language = "en";
  SpokenDescription* description = nullptr;  // borrowed; what a sound track is made of
  std::filesystem::path output;              // written while it runs; incomplete after an exception
};

// Writes all that the medium holds together with finished captions, or with them spoken: streams
// are copied as they are where the container takes them and encoded anew or converted otherwise;
// tags, chapters, flags and attachments go with them. What the container cannot hold is named in
// one warning. Times begin at the medium's first presented moment. Throws MediaError, SetupError or
// Interrupted.
void write_captioned_file(const Medium& medium, const std::vector<TimedCaption>& captions,
                          const CaptionedFileRequest& request, Progress& progress,
                          const std::function<void(const std::string&)>& on_warning);

}  // namespace dali
