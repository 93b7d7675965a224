// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "pipelines/caption/libav_handles.h"

namespace dali {

// What a stream says about itself beside its codec's parameters: its display matrix, the display
// that HDR pictures were mastered on, the two eyes of stereo. FFmpeg 6.1 moved it from the stream
// to its parameters, which are copied with everything that is in them; before, it has to be copied
// apart.

// Empty when there is none of this type.
std::vector<std::uint8_t> side_data_of(const AVStream* stream, AVPacketSideDataType type);

void set_side_data(AVStream* stream, AVPacketSideDataType type,
                   const std::vector<std::uint8_t>& data);

void remove_side_data(AVStream* stream, AVPacketSideDataType type);

// Parameters and side data, all of them.
void copy_parameters(const AVStream* from, AVStream* to);

// The display matrix as FFmpeg has it, nine numbers; empty when the picture is shown as it is
// stored.
std::vector<std::int32_t> display_matrix_of(const AVStream* stream);

}  // namespace dali
