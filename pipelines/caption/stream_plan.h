// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "pipelines/caption/media_output.h"

namespace dali {

// What becomes of a stream of the medium in a container.
struct StreamPlan {
  enum class Way {
    kCopied,         // packet by packet
    kEncodedAnew,    // picture to H.264, sound to AAC
    kConvertedText,  // subtitles, to the text that the container knows
    kAttached,       // a cover picture, to a file attached to Matroska
    kLeftOut
  };
  Way way = Way::kLeftOut;
  bool has_upright_pixels =
      false;              // encoded anew with its pixels turned as the display matrix says
  std::string loss = {};  // what the output is without, in words; empty: nothing
};

struct PlannedStream {
  AVStream* stream;
  bool is_drawn_into = false;  // captions are to be drawn into this picture
  bool lacks_times = false;    // as MediaInput knows it
};

StreamPlan plan_of(const PlannedStream& planned, Container container);

bool is_cover(const AVStream* stream);

}  // namespace dali
