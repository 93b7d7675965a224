// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

namespace dali {

// A stream of H.264, MPEG audio or AC-3 as playlists name it (RFC 6381), by its caps (borrowed):
// "avc1.64001f". Empty where they do not say.
std::string codec_name(const GstCaps* caps);

}  // namespace dali
