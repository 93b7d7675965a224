// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "pipelines/caption/libav_handles.h"

namespace dali {

// Pictures a second of a stream that was looked into, on average; 0/0 or 0/1: not known.
// Pictures cannot come faster on average than their times, or their codec, allow: an average that
// says so counts fields, the places that AVI leaves empty, or is what FFmpeg 7 takes bare data for.
inline AVRational frame_rate_of(const AVStream* stream) {
  const AVRational allowed = av_guess_frame_rate(nullptr, const_cast<AVStream*>(stream), nullptr);
  const bool is_slower = allowed.num > 0 && av_cmp_q(allowed, stream->avg_frame_rate) < 0;
  return is_slower ? allowed : stream->avg_frame_rate;
}

// How long a picture is shown, on average, in this unit of seconds; 0: not known.
inline std::int64_t picture_length(const AVStream* stream, AVRational unit) {
  const AVRational rate = frame_rate_of(stream);
  return rate.num > 0 ? av_rescale_q(1, av_inv_q(rate), unit) : 0;
}

}  // namespace dali
