#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pipelines/medium.h"
#include "pipelines/progress.h"
#include "pipelines/timed_caption.h"

namespace dali {

enum class Container { kMatroska, kMp4 };
enum class CaptionPlace { kSubtitleTrack, kPicture };

struct MuxingRequest {
  Container container = Container::kMatroska;
  CaptionPlace place = CaptionPlace::kSubtitleTrack;
  std::string language = "en";
  std::filesystem::path output;  // written while it runs; incomplete after an exception
};

// Writes the medium's sound and picture together with finished captions. Streams are copied as
// they are where the container takes them and encoded anew otherwise. The captions are made before
// and not on the way: a muxer waits for every track, so a model at work on ten seconds of media
// would have to be bridged by queues that hold those. Throws MediaError, SetupError or Interrupted.
void write_captioned_medium(const Medium& medium, const std::vector<TimedCaption>& captions,
                            const MuxingRequest& request, Progress& progress,
                            const std::function<void(const std::string&)>& on_warning);

}  // namespace dali
