// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// Every kind of sound, or of picture, that decodebin may know a decoder for: caps that hold the
// names of media alone. So an element that takes anything encoded says of itself what it does not
// take, and whoever links by trial, also through a queue, finds the right pad. Returns owned.
GstCaps* decodable_caps(bool is_audio);

}  // namespace dali
